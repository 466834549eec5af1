"""From samples and offsets to figures: events per second, CPU per million events, peak memory, time to begin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from benchmarks.probe import Sample

FROM, TO = 0.10, 0.95
"""The rate is taken between these shares of the outputs: start and tail are left out."""
LATEST_FROM = 0.80
"""A warm-up leaves out no more than this share."""


@dataclass(frozen=True)
class Rates:
    """Between FROM and TO of the outputs, but for memory and start.

    Args:
        events_per_second: outputs, one for each input.
        engine_cpu_s_per_million: CPU seconds of all processes of the engine per million events.
        broker_cpu_s_per_million: the same of the broker.
        peak_rss_mb: the largest resident memory of all processes of the engine together.
        start_s: from the first sample, which is taken as the engine starts, to its first readable output.
        left_out_s: from the first output to where rate and CPU are taken from.
        measured_s: for so long they are taken.
    """

    events_per_second: float
    engine_cpu_s_per_million: float
    broker_cpu_s_per_million: float
    peak_rss_mb: float
    start_s: float
    left_out_s: float
    measured_s: float


def records_below(offsets: Sequence[NDArray[np.int64]], ends: Sequence[int]) -> int:
    """How many committed records lie before these ends."""
    return sum(int(np.searchsorted(found, end)) for found, end in zip(offsets, ends, strict=True))


class Window(NamedTuple):
    """Between two samples."""

    first: Sample
    last: Sample
    records: int

    @property
    def per_second(self) -> float:
        return self.records / (self.last.at - self.first.at)

    @property
    def engine_cpu_s_per_million(self) -> float:
        return (self.last.engine_cpu - self.first.engine_cpu) / self.records * 1e6

    @property
    def broker_cpu_s_per_million(self) -> float:
        return (self.last.broker_cpu - self.first.broker_cpu) / self.records * 1e6


def first_output(samples: Sequence[Sample], records: Sequence[int]) -> float:
    """When the first record had been written."""
    return next(sample.at for sample, count in zip(samples, records, strict=True) if count)


def window(
    samples: Sequence[Sample], records: Sequence[int], low: float, high: float, *, warm_up_s: float = 0.0
) -> Window:
    """From the sample at which `low` records had been written to the one at which `high` had been.

    With a warm-up, it begins when so many seconds have passed since the first record, but not after LATEST_FROM of the
    last count. One that is over between two samples begins a sample earlier: a lower bound of a rate.
    """
    begun = first_output(samples, records)
    late_enough = LATEST_FROM * records[-1]
    first = next(
        index
        for index, (sample, count) in enumerate(zip(samples, records, strict=True))
        if count >= low and (sample.at - begun >= warm_up_s or count >= late_enough)
    )
    last = next(index for index, count in enumerate(records) if count >= high)
    first = min(first, last - 1)
    return Window(samples[first], samples[last], records[last] - records[first])


def rates(samples: Sequence[Sample], offsets: Sequence[NDArray[np.int64]], *, warm_up_s: float = 0.0) -> Rates:
    """The figures of a run whose committed outputs have these offsets. Raises ValueError: nothing was put out."""
    records = [records_below(offsets, sample.ends) for sample in samples]
    if not records[-1]:
        raise ValueError("nothing was put out")
    found = window(samples, records, FROM * records[-1], TO * records[-1], warm_up_s=warm_up_s)
    readable = next(sample.at for sample in samples if records_below(offsets, sample.stable))
    return Rates(
        found.per_second,
        found.engine_cpu_s_per_million,
        found.broker_cpu_s_per_million,
        max(sample.rss_mb for sample in samples),
        readable - samples[0].at,
        found.first.at - first_output(samples, records),
        found.last.at - found.first.at,
    )
