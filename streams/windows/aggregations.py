"""Aggregations: what is remembered of many values, and what is said of them.

Why: windows add, merge and speak without knowing what they hold. An accumulator is a plain value that msgspec can
write as JSON; it is replaced, never changed in place. `merge` must not care about order or grouping, since panes and
sessions are merged in the order in which time allows: sums of floats are exact for that reason (`exact.py`), and
sketches are chosen for it (`quantiles.py`, `hyperloglog.py`). The four words are those of Flink's
AggregateFunction and of Kafka Streams' Initializer, Aggregator and Merger.
"""

from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Callable
from functools import reduce
from typing import Any, Generic, TypeVar

from streams.windows.exact import Exact, plus, rounded

V = TypeVar("V")
A = TypeVar("A")
R = TypeVar("R")
Number = int | float


class Aggregation(ABC, Generic[V, A, R]):
    """Values of type V into an accumulator A, and a result R out of it. Subclass it for one of your own."""

    accumulator: Any = Any
    """The msgspec type of A; to be named when JSON alone does not tell (bytes, tuples, Structs)."""

    @abstractmethod
    def initialize(self) -> A:
        """The accumulator of nothing."""

    @abstractmethod
    def add(self, accumulator: A, value: V) -> A:
        """The accumulator with one more value."""

    @abstractmethod
    def merge(self, left: A, right: A) -> A:
        """The accumulator of both; associative, and the same whichever side is named first."""

    @abstractmethod
    def result(self, accumulator: A) -> R:
        """What is said of the accumulator: a value that JSON can hold."""


class Count(Aggregation[object, int, int]):
    """How many."""

    accumulator = int

    def initialize(self) -> int:
        return 0

    def add(self, accumulator: int, value: object) -> int:  # noqa: ARG002 - only that it is there counts
        return accumulator + 1

    def merge(self, left: int, right: int) -> int:
        return left + right

    def result(self, accumulator: int) -> int:
        return accumulator


class Sum(Aggregation[Number, Exact, Number]):
    """The exact sum: an int of ints; of floats, the float nearest to the true sum. ValueError for NaN and infinity."""

    accumulator = Exact

    def initialize(self) -> Exact:
        return 0

    def add(self, accumulator: Exact, value: Number) -> Exact:
        return plus(accumulator, value)

    def merge(self, left: Exact, right: Exact) -> Exact:
        return plus(left, right)

    def result(self, accumulator: Exact) -> Number:
        return rounded(accumulator)


class Mean(Aggregation[Number, tuple[int, Exact], float]):
    """The arithmetic mean, from an exact sum."""

    accumulator = tuple[int, Exact]

    def initialize(self) -> tuple[int, Exact]:
        return 0, 0

    def add(self, accumulator: tuple[int, Exact], value: Number) -> tuple[int, Exact]:
        return accumulator[0] + 1, plus(accumulator[1], value)

    def merge(self, left: tuple[int, Exact], right: tuple[int, Exact]) -> tuple[int, Exact]:
        return left[0] + right[0], plus(left[1], right[1])

    def result(self, accumulator: tuple[int, Exact]) -> float:
        return rounded(accumulator[1]) / accumulator[0]


class _Extreme(Aggregation[Any, Any, Any]):
    """Of two comparable values, one; None is the accumulator of nothing."""

    choose: Callable[[Any, Any], Any]

    def initialize(self) -> Any:
        return None

    def add(self, accumulator: Any, value: Any) -> Any:
        return value if accumulator is None else self.choose(accumulator, value)

    def merge(self, left: Any, right: Any) -> Any:
        return right if left is None else left if right is None else self.choose(left, right)

    def result(self, accumulator: Any) -> Any:
        return accumulator


class Min(_Extreme):
    """The smallest of comparable JSON values."""

    choose = staticmethod(min)


class Max(_Extreme):
    """The largest of comparable JSON values."""

    choose = staticmethod(max)


class Distinct(Aggregation[str, tuple[str, ...], int]):
    """How many different strings, exactly.

    Holds them all: above some thousands, `hyperloglog.ApproximateDistinct` is cheaper.
    """

    accumulator = tuple[str, ...]

    def initialize(self) -> tuple[str, ...]:
        return ()

    def add(self, accumulator: tuple[str, ...], value: str) -> tuple[str, ...]:
        at = bisect_left(accumulator, value)
        known = at < len(accumulator) and accumulator[at] == value
        return accumulator if known else (*accumulator[:at], value, *accumulator[at:])

    def merge(self, left: tuple[str, ...], right: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted({*left, *right}))

    def result(self, accumulator: tuple[str, ...]) -> int:
        return len(accumulator)


Weights = tuple[tuple[str, Exact], ...]


class TopK(Aggregation[tuple[str, Number], Weights, list[tuple[str, Number]]]):
    """The k items of the greatest total weight, exactly; equal weights in the order of items. Values: (item, weight).

    Holds every item. For many items aggregate each by itself first, and feed this one with their final results.
    """

    accumulator = Weights

    def __init__(self, k: int) -> None:
        self.k = k

    def initialize(self) -> Weights:
        return ()

    def add(self, accumulator: Weights, value: tuple[str, Number]) -> Weights:
        item, weight = value
        at = bisect_left(accumulator, item, key=_item)
        if at < len(accumulator) and accumulator[at][0] == item:
            return (*accumulator[:at], (item, plus(accumulator[at][1], weight)), *accumulator[at + 1 :])
        return (*accumulator[:at], (item, plus(0, weight)), *accumulator[at:])

    def merge(self, left: Weights, right: Weights) -> Weights:
        totals = dict(left)
        for item, weight in right:
            totals[item] = plus(totals.get(item, 0), weight)
        return tuple(sorted(totals.items(), key=_item))

    def result(self, accumulator: Weights) -> list[tuple[str, Number]]:
        totals = [(item, rounded(weight)) for item, weight in accumulator]
        return sorted(totals, key=lambda total: (-total[1], total[0]))[: self.k]


def _item(total: tuple[str, Exact]) -> str:
    return total[0]


class Together(Aggregation[dict[str, Any], tuple[Any, ...], dict[str, Any]]):
    """Several aggregations side by side in one row: `Together(units=Sum(), revenue=Sum())`.

    Values and results: name to value.
    """

    def __init__(self, **parts: Aggregation[Any, Any, Any]) -> None:
        self.parts = parts
        self.accumulator = tuple[tuple(part.accumulator for part in parts.values())]  # type: ignore[misc]  # built at run time

    def initialize(self) -> tuple[Any, ...]:
        return tuple(part.initialize() for part in self.parts.values())

    def add(self, accumulator: tuple[Any, ...], value: dict[str, Any]) -> tuple[Any, ...]:
        parts = zip(self.parts.items(), accumulator, strict=True)
        return tuple(part.add(before, value[name]) for (name, part), before in parts)

    def merge(self, left: tuple[Any, ...], right: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(part.merge(*sides) for part, *sides in zip(self.parts.values(), left, right, strict=True))

    def result(self, accumulator: tuple[Any, ...]) -> dict[str, Any]:
        parts = zip(self.parts.items(), accumulator, strict=True)
        return {name: part.result(held) for (name, part), held in parts}


def merged(aggregation: Aggregation[Any, A, Any], accumulators: list[A]) -> A:
    """The accumulator of all of them, merged from left to right; there is at least one."""
    return reduce(aggregation.merge, accumulators)
