"""`millrace bench shop`: how many orders the whole shop settles in a second, and how long one takes to be shipped."""

from __future__ import annotations

import asyncio
from statistics import median
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from benchmarks.options import Docs, Json, Runs, keep, known, out
from benchmarks.report.markdown import number, table
from benchmarks.report.page import Figures
from benchmarks.report.record import Record
from benchmarks.shop.measuring import PACE, Day

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HEAD: Final = ("day", "settled orders/s", "order to shipped p50 ms", "p99 ms", "p99.9 ms", "CPU ms per order",
               "RSS MB of all services", "every promise kept")  # fmt: skip


def shop(  # noqa: PLR0913 -- independent choices, each with a default
    *,
    orders: Annotated[int, typer.Option(min=100, help="Orders that are there before the shop opens.")] = 20_000,
    rate: Annotated[float, typer.Option(min=1, help="Orders per second, for the latency.")] = PACE,
    seconds: Annotated[float, typer.Option(min=1, help="Of that.")] = 60.0,
    runs: Runs = 3,
    json: Json = None,
    docs: Docs = None,
) -> None:
    """All services on this machine: orders settled per second; and at a pace, from order to shipped."""
    known(docs)
    record, days = Record.begin(), (Day(orders, None), Day(int(rate * seconds), rate))
    for round_ in range(1, runs + 1):
        for day in days:
            run = asyncio.run(day.run(round_))
            record.runs.append(run)
            out.print(_line(run))
    out.print(f"\n{figures(record).text}")
    keep(record, figures, json, docs)


def figures(record: Record) -> Figures:
    """Medians: one row for the full topics, one for the pace."""
    paced = [run for run in record.runs if run["rate"]]
    full = [run for run in record.runs if not run["rate"]]
    rows = [_row(words, runs) for words, runs in (("all orders are there", full), ("at a pace", paced)) if runs]
    return Figures(table(HEAD, rows))


def _row(words: str, runs: Sequence[Mapping[str, Any]]) -> list[str]:
    first, kept = runs[0], sum(bool(run["correct"]) for run in runs)
    pace = f", {number(first['rate'])} orders/s" if first["rate"] else ""
    names = ["settled_per_second", "p50_ms", "p99_ms", "p999_ms"]
    values = {name: number(median(run[name] for run in runs)) for name in names}
    if not first["rate"]:  # an order that lay there for long tells nothing of latency
        values.update(dict.fromkeys(names[1:], ""))
    cpu = number(median(1e3 * run["cpu_s"] / run["settled"] for run in runs))
    memory = number(median(run["rss_mb"] for run in runs))
    return [f"{words}: {number(first['orders'])}{pace}", *values.values(), cpu, memory, f"{kept} of {len(runs)}"]


def _line(run: Mapping[str, Any]) -> str:
    return (
        f"{run['round']:3}  {run['orders']:,} orders: {run['settled']:,} settled, {run['settled_per_second']:,.0f}/s, "
        f"{run['shipped']:,} shipped, p50 {run['p50_ms']} p99 {run['p99_ms']} ms, {run['cores']} cores, "
        f"{'every promise kept' if run['correct'] else 'a promise was broken'}"
    )
