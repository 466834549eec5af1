"""The table and the plot of latencies."""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from benchmarks.engines.catalogue import ENGINES
from benchmarks.report.markdown import number, table
from benchmarks.report.page import Figures
from benchmarks.report.svg import lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.report.record import Record

SHOWN: Final = ("p50_ms", "p99_ms", "p999_ms", "engine_cores", "broker_cores")
HEAD: Final = ("engine", "orders/s", "p50 ms", "p99 ms", "p99.9 ms", "engine cores", "broker cores", "all came")


def figures(record: Record) -> Figures:
    """Medians over the rounds."""
    grouped: dict[tuple[str, float], list[Mapping[str, Any]]] = defaultdict(list)
    for run in record.runs:
        grouped[run["engine"], run["rate"]].append(run)
    rows = [
        [ENGINES[engine].title, number(rate), *(number(_median(runs, name)) for name in SHOWN), _complete(runs)]
        for (engine, rate), runs in sorted(grouped.items(), key=lambda item: item[0][1])
    ]
    drawn: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for (engine, rate), runs in grouped.items():
        for name, words in (("p50_ms", "p50"), ("p99_ms", "p99")):
            drawn[f"{ENGINES[engine].title}, {words}"].append((rate, _median(runs, name)))
    rounds = max(len(runs) for runs in grouped.values())
    subtitle = f"ms over orders/s, medians of {rounds} interleaved rounds, read_committed"
    return Figures(table(HEAD, rows), lines("Keyed count: from order to readable count", subtitle, drawn))


def _median(runs: Sequence[Mapping[str, Any]], name: str) -> float:
    return float(median(run[name] for run in runs))


def _complete(runs: Sequence[Mapping[str, Any]]) -> str:
    return f"{sum(bool(run['correct']) for run in runs)} of {len(runs)}"
