"""How the demo talks: one line for each act, with the time it took; a spinner while it lasts, if somebody watches."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rich.console import Console
    from rich.status import Status

DONE, LOST, BACK = "[green]✓[/]", "[red]✗[/]", "[green]↻[/]"


class Act:
    """What happens now; `words` may change until it is over."""

    def __init__(self, words: str, status: Status) -> None:
        self.words, self._status = words, status

    def now(self, words: str) -> None:
        """Say how far it has come; gone when it is over."""
        self._status.update(f"{self.words}: {words}")


class Teller:
    """Speaks to one console."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def title(self, words: str) -> None:
        """What this is about."""
        self.console.print(f"\n [bold]Millrace[/]: {words}\n", soft_wrap=True)

    @contextmanager
    def act(self, words: str) -> Iterator[Act]:
        """Tell what is going on, and when it is over how long it took."""
        began = time.monotonic()
        with self.console.status(words) as status:
            act = Act(words, status)
            yield act
        self.line(DONE, act.words, time.monotonic() - began)

    def line(self, mark: str, words: str, seconds: float | None = None) -> None:
        """`✓ the words   1.2 s`."""
        took = "" if seconds is None else f"  [dim]{seconds:.1f} s[/]"
        self.console.print(f" {mark} {words}{took}", soft_wrap=True)

    def figures(self, rows: Iterable[tuple[str, str]]) -> None:
        """Names and what was found, one a line."""
        lines = (f" {name:<18}{value}" for name, value in rows)
        self.console.print("", *lines, "", sep="\n", soft_wrap=True)

    def addresses(self, urls: Mapping[str, str], order: str) -> None:
        """Where to ask while the shop is open."""
        self.console.print(" The shop is open. Its services answer at")
        for name, url in urls.items():
            self.console.print(f"   {name:<14} {url}/docs", soft_wrap=True)
        page = f"{urls['orders']}/orders/{order}"
        self.console.print(
            "", f" Try {page}, or millrace query orders {order}", " Ctrl-C closes it.", sep="\n", soft_wrap=True
        )
