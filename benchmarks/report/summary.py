"""Many runs become a few figures: the median of each engine, its spread, and its ratio to another, round by round.

Machines change their speed within minutes, so a ratio is that of two runs of one round; its median is what counts.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RATE = "events_per_second"


@dataclass(frozen=True)
class Spread:
    """Median, lowest and highest."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Of at least one value."""
        return cls(median(values), min(values), max(values))


@dataclass(frozen=True)
class Summary:
    """All runs of one engine that came to their end."""

    engine: str
    runs: Sequence[Mapping[str, Any]]
    failed: int

    @property
    def correct(self) -> int:
        """Runs whose outputs were right."""
        return sum(bool(run["correct"]) for run in self.runs)

    def spread(self, figure: str) -> Spread:
        """Of a figure over the runs."""
        return Spread.of([run[figure] for run in self.runs])

    def ratio(self, other: Summary, figure: str = RATE) -> Spread | None:
        """This engine's figure divided by the other's of the same round; None if they share no round."""
        theirs = {run["round"]: run[figure] for run in other.runs}
        ratios = [run[figure] / theirs[run["round"]] for run in self.runs if theirs.get(run["round"])]
        return Spread.of(ratios) if ratios else None


def summaries(runs: Sequence[Mapping[str, Any]], figure: str = RATE) -> list[Summary]:
    """By engine, in the order of their first runs. A run without the figure has failed."""
    grouped: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for run in runs:
        grouped[run["engine"]].append(run)
    whole = {name: [run for run in found if figure in run] for name, found in grouped.items()}
    return [Summary(name, whole[name], len(found) - len(whole[name])) for name, found in grouped.items()]
