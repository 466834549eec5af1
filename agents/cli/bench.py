"""`millrace bench`: Millrace beside its peers. All of it lives in the folder `benchmarks` of a clone of the project."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Final

import typer

from agents.cli.errors import UserError

CLONE: Final = Path(__file__).parents[2]
EXAMPLES: Final = (
    "Examples: [bold]millrace bench keyed-count --runs 1[/] · [bold]millrace bench latency --engines millrace[/]"
)


def assembled(clone: Path) -> typer.Typer:
    """The commands of the benchmarks of that clone; of an installed package, one that says where to find them."""
    if not (clone / "benchmarks" / "cli.py").exists():
        return _absent()
    sys.path.insert(0, str(clone))  # an installed console script does not look there
    found = typer.Typer()
    found.add_typer(import_module("benchmarks.cli").commands, name="bench", epilog=EXAMPLES)
    return found


def _absent() -> typer.Typer:
    """Installed packages have the engine and the shop only."""
    found = typer.Typer()

    @found.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
    def bench() -> None:
        """Measure Millrace beside its peers (in a clone of the project only)."""
        raise UserError("the benchmarks are not part of the installed package: run this in a clone of the project")

    return found


commands = assembled(CLONE)
