"""Where the command line writes: results to standard output, everything else to standard error."""

from rich.console import Console
from rich.text import Text

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def complain(words: str) -> None:
    """One error, in words."""
    err.print(Text("error: ", "bold red").append(words, "not bold default"), soft_wrap=True)
