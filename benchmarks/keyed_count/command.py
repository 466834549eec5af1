"""`millrace bench keyed-count`: Millrace and its peers on the same broker, the same records, the same machine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.engines.catalogue import ENGINES
from benchmarks.keyed_count.figures import figures
from benchmarks.keyed_count.sitting import Sitting
from benchmarks.keyed_count.workload import SIZE, Workload
from benchmarks.options import Docs, Json, Runs, keep, known, out
from benchmarks.report.record import Record
from streams.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.engines.engine import Engine
    from benchmarks.keyed_count.running import Run

USUAL = "millrace,kafka-streams,quix,bytewax,faust,aiokafka"
Engines = Annotated[str, typer.Option(help=f"Names with commas between, of {', '.join(ENGINES)}.")]


def keyed_count(  # noqa: PLR0913 -- independent choices, each with a default
    *,
    engines: Engines = USUAL,
    keys: Annotated[int, typer.Option(min=1, help="Products.")] = 1_000,
    events: Annotated[int, typer.Option(min=1_000, help="Orders; slow engines get a share of them.")] = 4_000_000,
    size: Annotated[int, typer.Option(min=SIZE, help="Bytes of each order.")] = SIZE,
    runs: Runs = 5,
    warm_up: Annotated[
        float, typer.Option(min=0, help="Seconds left out of each rate, but never the last fifth of the outputs.")
    ] = 0.0,
    json: Json = None,
    docs: Docs = None,
) -> None:
    """Count orders per product, exactly once where the engine can, and compare: the figures of docs/benchmarks.md."""
    chosen = choose(engines)
    known(docs)
    record, sitting = Record.begin(), Sitting(chosen, Workload(events, keys, size), runs, _cache(), warm_up)

    def tell(run: Run) -> None:
        record.runs.append(run.as_json())
        out.print(_line(run))
        if json is not None:
            record.save(json)

    asyncio.run(sitting.hold(tell))
    out.print(f"\n{figures(record).text}")
    keep(record, figures, json, docs)


def choose(names: str) -> list[Engine]:
    """The engines of these names. Raises BadParameter."""
    wanted = [name.strip() for name in names.split(",")]
    for name in wanted:
        if name not in ENGINES:
            raise typer.BadParameter(f"there is no engine {name!r}. There are {', '.join(ENGINES)}.")
    if len(set(wanted)) < len(wanted):
        raise typer.BadParameter("an engine is named twice")
    return [ENGINES[name] for name in wanted]


def _cache() -> Path:
    return Settings.load().local.cache


def _line(run: Run) -> str:
    if run.rates is None:
        return f"{run.round:3}  {run.engine:20} did not end: {run.problem}"
    found = run.rates
    return (
        f"{run.round:3}  {run.engine:20} {found.events_per_second:9,.0f}/s  {found.peak_rss_mb:5.0f} MB  "
        f"{found.engine_cpu_s_per_million:7.2f} CPU s per million  {run.problem or 'right'}"
    )
