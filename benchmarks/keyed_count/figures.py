"""The keyed count's table and plot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.engines.catalogue import ENGINES
from benchmarks.report.markdown import number, spread, table
from benchmarks.report.page import Figures
from benchmarks.report.summary import RATE, Summary, summaries
from benchmarks.report.svg import Bar, bars

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.report.record import Record

YARDSTICKS: Final = ("kafka-streams", "kafka-streams-2", "kafka-streams-cache")
"""Ratios are to the first of these that ran in the sitting."""
CPU: Final = "engine_cpu_s_per_million"


def figures(record: Record) -> Figures:
    """For docs/benchmarks.md."""
    found = summaries(record.runs)
    whole = [summary for summary in found if summary.runs]
    text = table(head(), rows(found))
    if not whole:
        return Figures(text)
    ordered = sorted(whole, key=lambda summary: -summary.spread(RATE).median)
    drawn = [Bar(_title(s), s.spread(RATE), own=s.engine.startswith("millrace")) for s in ordered]
    subtitle = f"median of {max(len(s.runs) for s in whole)} interleaved runs, whiskers: lowest and highest"
    return Figures(text, bars(f"Keyed count, {_workload(record)}: events per second", subtitle, drawn))


def head() -> list[str]:
    """Of the table."""
    return ["engine", "promise", "events/s", "times Kafka Streams", "engine CPU s per million", "of Kafka Streams'",
            "broker CPU s per million", "peak RSS MB", "first result after, s", "right"]  # fmt: skip


def rows(found: Sequence[Summary]) -> Iterator[list[str]]:
    """One for each engine."""
    by_name = {summary.engine: summary for summary in found}
    yardstick = next((by_name[name] for name in YARDSTICKS if name in by_name), None)
    for summary in found:
        right = f"{summary.correct} of {len(summary.runs) + summary.failed}"
        engine = ENGINES[summary.engine]
        if not summary.runs:
            yield [engine.title, engine.promise, *["did not end"] * (len(head()) - 3), right]
            continue
        ratios = [summary.ratio(yardstick, figure) if yardstick else None for figure in (RATE, CPU)]
        rate, cpu = (number(ratio.median) if ratio else "" for ratio in ratios)
        others = [number(summary.spread(name).median)
                  for name in ("broker_cpu_s_per_million", "peak_rss_mb", "start_s")]  # fmt: skip
        mine = number(summary.spread(CPU).median)
        yield [engine.title, engine.promise, spread(summary.spread(RATE)), rate, mine, cpu, *others, right]


def _title(summary: Summary) -> str:
    return ENGINES[summary.engine].title


def _workload(record: Record) -> str:
    run = record.runs[0]
    return f"{number(run['keys'])} keys, {run['size']} bytes"
