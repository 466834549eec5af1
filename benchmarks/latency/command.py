"""`millrace bench latency`: how long an order waits for its count, at fixed rates."""

from __future__ import annotations

import asyncio
from math import inf
from typing import TYPE_CHECKING, Annotated, Any

import typer

from benchmarks.keyed_count.command import choose
from benchmarks.latency.figures import figures
from benchmarks.latency.measuring import Steps, measure
from benchmarks.options import Docs, Json, Runs, keep, known, out
from benchmarks.report.record import Record
from streams.broker import EmbeddedKafka
from streams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.engines.engine import Engine

USUAL = "millrace,kafka-streams-25ms,kafka-streams"


def latency(  # noqa: PLR0913 -- independent choices, each with a default
    *,
    engines: Annotated[str, typer.Option(help="Names with commas between, as for keyed-count.")] = USUAL,
    rates: Annotated[str, typer.Option(help="Orders per second, with commas between.")] = "5000,10000,20000,40000",
    seconds: Annotated[float, typer.Option(min=1, help="Of each rate.")] = 20.0,
    keys: Annotated[int, typer.Option(min=1, help="Products.")] = 1_000,
    runs: Runs = 3,
    json: Json = None,
    docs: Docs = None,
) -> None:
    """From the moment at which an order is due to the one at which a read_committed consumer has its count."""
    known(docs)
    chosen, record = choose(engines), Record.begin()
    steps = Steps(_rates(rates), seconds, keys)

    def tell(run: dict[str, Any]) -> None:
        record.runs.append(run)
        out.print(_line(run))
        if json is not None:
            record.save(json)

    asyncio.run(_all(chosen, steps, runs, tell))
    out.print(f"\n{figures(record).text}")
    keep(record, figures, json, docs)


def _rates(words: str) -> list[float]:
    """Raises BadParameter."""
    try:
        found = [float(word) for word in words.split(",")]
    except ValueError as error:
        raise typer.BadParameter("orders per second, with commas between", param_hint="--rates") from error
    if not all(0 < rate < inf for rate in found):
        raise typer.BadParameter("a rate is a number above zero", param_hint="--rates")
    return found


async def _all(engines: Sequence[Engine], steps: Steps, rounds: int, tell: Callable[[dict[str, Any]], None]) -> None:
    cache = Settings.load().local.cache
    programs = {engine.name: engine.prepare(cache) for engine in engines}
    with EmbeddedKafka(cache=cache) as kafka:
        for number in range(1, rounds + 1):
            for engine in engines:
                async for run in measure(kafka, engine, programs[engine.name], steps, number):
                    tell(run)


def _line(run: dict[str, Any]) -> str:
    quantiles = f"p50 {run['p50_ms']:7.1f}  p99 {run['p99_ms']:7.1f}  p99.9 {run['p999_ms']:7.1f} ms"
    used = f"{run['engine_cores']:5.2f} cores  {run['rss_mb']:4.0f} MB"
    verdict = "all came" if run["correct"] else "some are missing"
    return f"{run['round']:3}  {run['engine']:20} {run['rate']:7,.0f}/s  {quantiles}  {used}  {verdict}"
