"""Which figures each section of docs/benchmarks.md shows. `millrace bench page` renders all of them anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.history import figures as history
from benchmarks.inventory import figures as inventory
from benchmarks.keyed_count.figures import figures as keyed_count
from benchmarks.latency.figures import figures as latency
from benchmarks.options import out
from benchmarks.report.page import PAGE, Figures, publish, record_of
from benchmarks.report.record import Record
from benchmarks.shop.command import figures as shop

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

RENDERERS: Final[Mapping[str, Callable[[Record], Figures]]] = {
    **dict.fromkeys(["keyed-count", "many-keys", "cache", "warm", "large-events", "processes"], keyed_count),
    "latency": latency,
    "history": history,
    "inventory": inventory,
    "shop": shop,
}


def page() -> None:
    """Render docs/benchmarks.md anew from the runs that were kept: after a change of a table or a plot."""
    for section, render in RENDERERS.items():
        kept = record_of(section)
        if kept.exists():
            publish(section, Record.load(kept), render)
            out.print(f"{section}: {kept.relative_to(PAGE.parent)}")
