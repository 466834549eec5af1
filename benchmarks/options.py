"""Options that several benchmarks share, so that they are called the same and mean the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from benchmarks.report import page

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.report.page import Figures
    from benchmarks.report.record import Record

out = Console(highlight=False, soft_wrap=True)

Runs = Annotated[int, typer.Option(min=1, help="Of each engine, interleaved.")]
Json = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write every run here.", show_default=False)]
Docs = Annotated[
    str | None,
    typer.Option(
        metavar="SECTION",
        help="Write table and plot into this section of docs/benchmarks.md.",
        show_default=False,
    ),
]


def known(section: str | None) -> None:
    """Say before the work, not after it, that the page has no such section. Raises BadParameter."""
    if section is not None:
        try:
            page.check(section)
        except page.UnknownSectionError as error:
            raise typer.BadParameter(str(error), param_hint="--docs") from error


def keep(record: Record, render: Callable[[Record], Figures], json: Path | None, section: str | None) -> None:
    """Write what was asked for."""
    if json is not None:
        record.save(json)
    if section is not None:
        page.publish(section, record, render)
