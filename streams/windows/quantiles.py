"""Quantiles in little room, and the same for every order of events.

Why a DDSketch of our own, which is counts of buckets and nothing else: a replay must repeat a result byte for byte, and
partitions and chunks must not show. Measured with datasketches 5: its KLL and REQ sketches flip coins (three runs over
the same values, three medians), its t-digest depends on the order of the values (the median of 0..99999 moved by 12 %).
"""

import math
from bisect import bisect_left
from itertools import accumulate

from streams.windows.aggregations import Aggregation, Number

BUCKETS_PER_OCTAVE = 128
"""Quantile buckets between two powers of two: a relative error of 1/256 at most."""

_LOWEST_EXPONENT = -1073  # math.frexp of the smallest float above zero

Buckets = tuple[tuple[int, int], ...]


class Quantiles(Aggregation[Number, Buckets, dict[str, float]]):
    """Quantiles by DDSketch (Masson, Rim and Lee, VLDB 2019) with linear buckets between powers of two.

    The result maps each probability, as text, to a value within 1/256 of the value of that rank (the lower one
    between two). Values are finite numbers, ValueError otherwise.
    """

    accumulator = Buckets

    def __init__(self, *probabilities: float) -> None:
        self.probabilities = probabilities

    def initialize(self) -> Buckets:
        return ()

    def add(self, accumulator: Buckets, value: Number) -> Buckets:
        bucket = _bucket(value)
        at = bisect_left(accumulator, (bucket, 0))
        if at < len(accumulator) and accumulator[at][0] == bucket:
            return (*accumulator[:at], (bucket, accumulator[at][1] + 1), *accumulator[at + 1 :])
        return (*accumulator[:at], (bucket, 1), *accumulator[at:])

    def merge(self, left: Buckets, right: Buckets) -> Buckets:
        counts = dict(left)
        for bucket, count in right:
            counts[bucket] = counts.get(bucket, 0) + count
        return tuple(sorted(counts.items()))

    def result(self, accumulator: Buckets) -> dict[str, float]:
        totals = list(accumulate(count for _, count in accumulator))
        ranks = {probability: int(probability * (totals[-1] - 1)) for probability in self.probabilities}
        return {str(p): _middle(accumulator[bisect_left(totals, rank + 1)][0]) for p, rank in ranks.items()}


def _bucket(value: Number) -> int:
    """The bucket of a value: 0 for zero, negative for negative values, and buckets in the order of values."""
    if not math.isfinite(value):
        raise ValueError(f"{value} has no quantile")
    fraction, exponent = math.frexp(abs(value))
    if not fraction:
        return 0
    within = int((fraction * 2 - 1) * BUCKETS_PER_OCTAVE)
    return int(math.copysign((exponent - _LOWEST_EXPONENT) * BUCKETS_PER_OCTAVE + within + 1, value))


def _middle(bucket: int) -> float:
    """The middle of a bucket: what is said for all values in it."""
    if not bucket:
        return 0.0
    octave, within = divmod(abs(bucket) - 1, BUCKETS_PER_OCTAVE)
    fraction = (1 + (within + 0.5) / BUCKETS_PER_OCTAVE) / 2
    return math.copysign(math.ldexp(fraction, octave + _LOWEST_EXPONENT), bucket)
