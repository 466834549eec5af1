"""Sliding windows: for each event, what happened within the size before it.

Semantics: Flink SQL's `OVER (… RANGE BETWEEN INTERVAL size PRECEDING AND CURRENT ROW)`, the windows of Kafka Streams'
SlidingWindows that end with an event: every distinct time t of a key's events has one window, from t - size to t,
both included, here [t - size, t + 1). (Kafka Streams also has the windows that begin just after an event; whatever
holds of those, holds of one that ends with an event.) An event is late if its own window has closed, as in Flink; so
every window holds all events that were on time.

Cost: an event reads and writes one row, the key's events of the last size, one accumulator per distinct time; windows
that close together are totalled in a constant number of merges each (`slide`).
The story continues in `windowed.py`.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

import msgspec

from streams.windows.aggregations import Aggregation, merged
from streams.windows.due import any_due, due_keys, next_due, store
from streams.windows.results import ADDED, Outcome, Total, Window, closing_order
from streams.windows.rows import OPEN, Open, Rows, Span, all_open

Spans = Sequence[Span[Any]]


class Sliding(msgspec.Struct, frozen=True):
    """Windows that reach back by a size from each event. Milliseconds; ValueError below one."""

    size_ms: int

    def __post_init__(self) -> None:
        if self.size_ms < 1:
            raise ValueError("a size is one millisecond at least")

    def keep(self, aggregation: Aggregation[Any, Any, Any]) -> "Instants":
        return Instants(self.size_ms, aggregation)


class Instants:
    """The keeper of sliding windows: a span for every distinct time of a key."""

    shares = False

    def __init__(self, size_ms: int, aggregation: Aggregation[Any, Any, Any]) -> None:
        self._size = size_ms
        self._aggregation = aggregation

    def add(self, time: int, key: str, value: Any, rows: Rows[Any], boundary: int) -> Outcome:
        if time + 1 <= boundary:
            return Outcome(missed=self._window(time))
        row: Open[Any] | None = rows.get(OPEN + key)
        spans = () if row is None else row.spans
        at = bisect_left(spans, time, key=_start)
        known = at < len(spans) and spans[at].start == time
        before = spans[at].accumulator if known else self._aggregation.initialize()
        span = Span(time, time + 1, self._aggregation.add(before, value), boundary)
        due = span.end if row is None else min(row.due, span.end)
        store(rows, key, row, Open(due, (*spans[:at], span, *spans[at + known :])))
        return ADDED

    def ripe(self, rows: Rows[Any], mark: int, boundary: int) -> bool:
        return any_due(rows, mark, boundary)

    def due(self, rows: Rows[Any], mark: int) -> int | None:
        return next_due(rows, mark)

    def close(self, rows: Rows[Any], mark: int, boundary: int) -> Iterator[Total]:
        totals = [total for key in due_keys(rows, mark, boundary) for total in self._close(rows, key, mark, boundary)]
        return iter(sorted(totals, key=closing_order))

    def around(self, time: int, key: str, rows: Rows[Any], boundary: int) -> Iterator[Total]:
        reached = range(time, time + self._size + 1)
        return (total for total in self.open(rows, key, self._starts(reached), boundary))

    def touched(self, rows: Rows[Any], boundary: int, since: int) -> Iterator[Total]:
        for key, spans in all_open(rows):
            changed = [span.start for span in spans if span.touched >= since]
            for total in self._totals(key, spans, boundary):
                first = bisect_left(changed, total.window.start)
                if first < len(changed) and changed[first] < total.window.end:
                    yield total

    def open(self, rows: Rows[Any], key: str, starts: range, boundary: int) -> Iterator[Total]:
        row: Open[Any] | None = rows.get(OPEN + key)
        spans = () if row is None else row.spans
        return (total for total in self._totals(key, spans, boundary) if total.window.start in starts)

    def ends(self, starts: range) -> range:
        return range(starts.start + self._size + 1, starts.stop + self._size + 1)

    def _close(self, rows: Rows[Any], key: str, mark: int, boundary: int) -> list[Total]:
        row: Open[Any] | None = rows.get(OPEN + key)
        assert row is not None, "a deadline belongs to a key with events"
        rest = tuple(span for span in row.spans if span.start + self._size >= boundary)
        store(rows, key, row, Open(self._due(rest, boundary), rest) if rest else None)
        return [total for total in self._totals(key, row.spans, mark) if total.window.end <= boundary]

    def _due(self, rest: Spans, boundary: int) -> int:
        """When to come back: at the next end of a window, else when nothing here can matter any more."""
        return next((span.end for span in rest if span.end > boundary), rest[-1].end + self._size)

    def _totals(self, key: str, spans: Spans, mark: int) -> Iterator[Total]:
        """The totals of the windows that end after the mark."""
        first = bisect_left(spans, mark, key=_start)
        for span, accumulator in slide(spans, first, self._size, self._aggregation):
            yield Total(key, self._window(span.start), accumulator)

    def _window(self, time: int) -> Window:
        return Window(time - self._size, time + 1)

    def _starts(self, times: range) -> range:
        return range(times.start - self._size, times.stop - self._size)


def slide(
    spans: Spans, first: int, size: int, aggregation: Aggregation[Any, Any, Any]
) -> Iterator[tuple[Span[Any], Any]]:
    """Each span from the first on, with the total of all spans that start at most a size before it.

    Two stacks (Tangwongsan et al., "General Incremental Sliding-Window Aggregation", 2015): `older` holds the totals
    from each span up to a turning point, so that the oldest is dropped by dropping its total; `newer`, at most one,
    is the total since.
    """
    older: list[Any] = []
    newer: list[Any] = []
    low = bisect_left(spans, spans[first].start - size, key=_start) if first < len(spans) else len(spans)
    for at in range(low, len(spans)):
        newer = [merged(aggregation, [*newer, spans[at].accumulator])]
        while spans[low].start < spans[at].start - size:
            if not older:
                older, newer = _suffix_totals(spans[low : at + 1], aggregation), []
            older.pop()
            low += 1
        if at >= first:
            yield spans[at], merged(aggregation, [*older[-1:], *newer])


def _suffix_totals(spans: Spans, aggregation: Aggregation[Any, Any, Any]) -> list[Any]:
    """The totals from each span to the last, the longest last."""
    return list(
        accumulate((span.accumulator for span in reversed(spans)), lambda total, one: aggregation.merge(one, total))
    )


def _start(span: Span[Any]) -> int:
    return span.start
