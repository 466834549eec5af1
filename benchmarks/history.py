"""`millrace bench history`: does an event cost more after millions of others? Every million of a long run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from agents.cli.errors import UserError
from benchmarks.keyed_count.command import choose
from benchmarks.keyed_count.running import Seen, prepare_source, watch
from benchmarks.keyed_count.workload import Workload
from benchmarks.options import Docs, Json, keep, known, out
from benchmarks.rates import records_below, window
from benchmarks.report.markdown import number, table
from benchmarks.report.page import Figures
from benchmarks.report.record import Record
from benchmarks.report.svg import lines
from streams.broker import EmbeddedKafka
from streams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.engines.engine import Engine

STEP: Final = 1_000_000
SKIPPED: Final = 0.1
"""Of the first step: the start."""


def history(
    *,
    events: Annotated[int, typer.Option(min=2 * STEP, help="In all: the last million is compared.")] = 21 * STEP,
    keys: Annotated[int, typer.Option(min=1, help="Products.")] = 200_000,
    engine: Annotated[str, typer.Option(help="One of keyed-count's engines.")] = "millrace",
    json: Json = None,
    docs: Docs = None,
) -> None:
    """Events per second of each million of one long run: does a longer history make events dearer?"""
    known(docs)
    (chosen,), record = choose(engine), Record.begin()
    record.runs.extend(asyncio.run(_steps(chosen, Workload(events, keys))))
    out.print(f"\n{figures(record).text}")
    keep(record, figures, json, docs)


async def _steps(engine: Engine, workload: Workload) -> list[dict[str, Any]]:
    cache = Settings.load().local.cache
    program = engine.prepare(cache)
    with EmbeddedKafka(cache=cache) as kafka:
        await prepare_source(kafka, workload)
        seen = await watch(kafka, engine, program, workload, "history")
    if sum(map(len, seen.offsets)) < workload.events:
        raise UserError(f"{engine.name} has not counted everything: {seen.problem}")
    return list(steps(engine.name, seen, workload))


def steps(name: str, seen: Seen, workload: Workload) -> Iterator[dict[str, Any]]:
    """The figures of each million."""
    records = [records_below(seen.offsets, sample.ends) for sample in seen.samples]
    for begin in range(0, workload.events - STEP + 1, STEP):
        found = window(seen.samples, records, begin or SKIPPED * STEP, begin + STEP)
        yield {
            "engine": name,
            "after": begin,
            "keys": workload.keys,
            "events_per_second": round(found.per_second, 1),
            "engine_cpu_s_per_million": round(found.engine_cpu_s_per_million, 3),
            "rss_mb": round(found.last.rss_mb, 1),
            "correct": not seen.problem,
            "problem": seen.problem,
        }


def figures(record: Record) -> Figures:
    """First, middle and last million, and all of them as a plot."""
    runs = record.runs
    shown = [runs[0], runs[len(runs) // 2], runs[-1]]
    columns = ("events_per_second", "engine_cpu_s_per_million", "rss_mb")
    rows = [[f"{run['after'] / STEP:,.0f} million", *(number(run[name]) for name in columns)] for run in shown]
    ratios = ["last : first", *(f"{runs[-1][name] / runs[0][name]:.2f}" for name in columns)]
    verdict = runs[0]["problem"] or "Every count was right."
    text = f"{table(['after', 'events/s', 'engine CPU s per million', 'RSS MB'], [*rows, ratios])}\n\n{verdict}"
    series = {
        "thousand events/s": [(run["after"] / STEP, run["events_per_second"] / 1e3) for run in runs],
        "engine CPU s per million": [(run["after"] / STEP, run["engine_cpu_s_per_million"]) for run in runs],
    }
    return Figures(text, lines("One long run", "each million events, by the millions before it", series))
