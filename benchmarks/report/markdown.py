"""Figures as Markdown: numbers as people read them, and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.report.summary import Spread


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The first column is left-aligned, the others are figures."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))


def number(value: float) -> str:
    """`123 000`, `1 230`, `12.3`, `1.23`: three digits that count, as far as that is readable."""
    if value >= 10_000:
        value = round(value, -3)
    if value >= 100:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def spread(found: Spread) -> str:
    """`median (lowest to highest)`; a lone run has no spread."""
    if found.low == found.high:
        return number(found.median)
    return f"{number(found.median)} ({number(found.low)} to {number(found.high)})"
