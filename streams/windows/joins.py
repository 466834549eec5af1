"""Joins: two streams within an interval of time; stream and table.

Semantics: Flink's interval join, Kafka Streams' JoinWindows: a left event at l and a right event at r with the same
key are a pair when l - before <= r <= l + after, both included. Both sides are kept as long as a partner that is on
time may come, so every pair is said once, when its second event arrives. An event before the boundary (the watermark
less the grace) is late, as in Flink. Of the sides that are named outer, an event that found no partner is said alone
when its time is over, as in Kafka Streams since 3.1.

Cost: an event reads and writes one row, what is kept of its key on both sides.

Stream and table need no object: the table's rows are at hand in the same transaction (`rows.get(key)`: Kafka Streams'
KStream-KTable join, the value as it is now), or as of the event's time (`versions.py`: Flink's temporal join). A
global table is a compacted topic that every worker reads whole: any key can be looked up, at the price of a copy per
worker, and without an order between its changes and the stream's events.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any, Generic, Literal, TypeVar

import msgspec

from streams.windows.due import any_due, due_keys, next_due, store
from streams.windows.instants import BEGINNING
from streams.windows.results import Late, Window
from streams.windows.rows import MARK, OPEN, Due, Mark, Rows

L = TypeVar("L")
R = TypeVar("R")
T = TypeVar("T")
Side = Literal["left", "right"]


class Pair(msgspec.Struct, frozen=True, gc=False):
    """What was joined.

    `time` is the later of the two, as in Kafka Streams; alone, an outer event's own. The other is then None.
    """

    key: str
    time: int
    left: Any
    right: Any


class Kept(msgspec.Struct, Generic[T], frozen=True, gc=False, array_like=True):
    """An event that waits for partners."""

    time: int
    value: T
    paired: bool


class Sides(msgspec.Struct, Generic[L, R], frozen=True, gc=False, array_like=True, tag="sides"):
    """Key `k<key>`: the events kept of both sides, in order of time, then of arrival."""

    due: int
    left: tuple[Kept[L], ...]
    right: tuple[Kept[R], ...]


class Interval:
    """Joins two streams by key within an interval, for the rows of one partition at a time. All times are milliseconds.

    `before_ms`, `after_ms`: how much earlier or later than the left event the right one may be; one may be negative.
    `outer`: the sides whose events are said alone if they find no partner. `values`: the msgspec types of the left
    and the right values. ValueError when no time is within the interval, or the grace is negative.
    """

    def __init__(
        self,
        *,
        before_ms: int,
        after_ms: int,
        grace_ms: int = 0,
        outer: Sequence[Side] = (),
        values: tuple[Any, Any] = (Any, Any),
    ) -> None:
        if before_ms + after_ms < 0 or grace_ms < 0:
            raise ValueError("an interval ends at or after its beginning, and grace is not negative")
        self.row = _row_type(*values)
        """The msgspec type of the rows, for the table that stores them."""
        self._reach = {"left": (before_ms, after_ms), "right": (after_ms, before_ms)}
        self._grace, self._outer = grace_ms, outer

    def left(self, time: int, key: str, value: Any, rows: Rows[Any], watermark: int) -> Sequence[Pair | Late]:
        """Take a left event: the pairs it completes, by the time and arrival of the right ones; or that it is late."""
        return self._add("left", key, Kept(time, value, False), rows, watermark)

    def right(self, time: int, key: str, value: Any, rows: Rows[Any], watermark: int) -> Sequence[Pair | Late]:
        """Take a right event: the pairs it completes, by the time and arrival of the left ones; or that it is late."""
        return self._add("right", key, Kept(time, value, False), rows, watermark)

    def advance(self, watermark: int, rows: Rows[Any]) -> list[Pair]:
        """Forget events whose time is over; those of outer sides without a partner, by time and key."""
        boundary = watermark - self._grace
        mark: Mark = rows.get(MARK) or Mark(BEGINNING, BEGINNING)
        if not any_due(rows, mark.closed, boundary):
            return []
        alone = [one for key in due_keys(rows, mark.closed, boundary) for one in self._expire(rows, key, boundary)]
        rows[MARK] = Mark(boundary, BEGINNING)
        return [pair for _, pair in sorted(alone, key=lambda one: (one[0], one[1].key))]

    def due(self, rows: Rows[Any]) -> int | None:
        """The watermark at which `advance` has something to forget next, for a timer; None: nothing is kept."""
        mark: Mark = rows.get(MARK) or Mark(BEGINNING, BEGINNING)
        boundary = next_due(rows, mark.closed)
        return None if boundary is None else boundary + self._grace

    def _add(self, side: Side, key: str, new: Kept[Any], rows: Rows[Any], watermark: int) -> Sequence[Pair | Late]:
        first, last = new.time - self._reach[side][0], new.time + self._reach[side][1]
        if new.time < watermark - self._grace:
            return (Late(key, Window(first, last + 1), new.time, watermark),)
        row: Sides[Any, Any] | None = rows.get(OPEN + key)
        own, other = ((), ()) if row is None else _turned(side, row.left, row.right)
        low, high = bisect_left(other, first, key=_time), bisect_right(other, last, key=_time)
        partners = other[low:high]
        at = bisect_right(own, new.time, key=_time)
        own = (*own[:at], _paired(new) if partners else new, *own[at:])
        other = (*other[:low], *map(_paired, partners), *other[high:])
        over = self._over(side, new)
        store(rows, key, row, Sides(over if row is None else min(row.due, over), *_turned(side, own, other)))
        return [_pair(side, key, new, partner) for partner in partners]

    def _expire(self, rows: Rows[Any], key: str, boundary: int) -> list[tuple[int, Pair]]:
        row: Sides[Any, Any] | None = rows.get(OPEN + key)
        assert row is not None, "a deadline belongs to a key with events"
        left = tuple(one for one in row.left if self._over("left", one) > boundary)
        right = tuple(one for one in row.right if self._over("right", one) > boundary)
        over = [*(self._over("left", one) for one in left), *(self._over("right", one) for one in right)]
        store(rows, key, row, Sides(min(over), left, right) if over else None)
        kept = {"left": row.left, "right": row.right}
        gone = [(self._over(side, one), side, one) for side in self._outer for one in kept[side]]
        return [(at, _pair(side, key, one)) for at, side, one in gone if at <= boundary and not one.paired]

    def _over(self, side: Side, kept: Kept[Any]) -> int:
        """The boundary from which no partner of this event is on time any more; later than its own time."""
        return kept.time + max(self._reach[side][1], 0) + 1


def _row_type(left: Any, right: Any) -> Any:
    return Sides[left, right] | Mark | Due


def _turned(
    side: Side, one: tuple[Kept[Any], ...], two: tuple[Kept[Any], ...]
) -> tuple[tuple[Kept[Any], ...], tuple[Kept[Any], ...]]:
    """Left and right as own and other, or the reverse."""
    return (one, two) if side == "left" else (two, one)


def _paired(kept: Kept[T]) -> Kept[T]:
    return kept if kept.paired else Kept(kept.time, kept.value, True)


def _pair(side: Side, key: str, own: Kept[Any], other: Kept[Any] | None = None) -> Pair:
    time, value = (own.time, None) if other is None else (max(own.time, other.time), other.value)
    return Pair(key, time, own.value, value) if side == "left" else Pair(key, time, value, own.value)


def _time(kept: Kept[Any]) -> int:
    return kept.time
