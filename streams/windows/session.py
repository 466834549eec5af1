"""Session windows: bursts of events of one key with less than a gap between them.

Semantics: a session is the window [first event, last event + gap), as in Flink. Two merge when they overlap, as in
Beam: events exactly one gap apart are two sessions. (Flink merges windows that touch, so that an interleaving decides
whether such a session had closed before; overlap makes the result the same for every order within the watermark's
bound.) A session that closed is never reopened. An event is late if its session, with what it merges into, ends at or
before the boundary, as in both Flink and Kafka Streams. A session is known by its key and start, so that one which
becomes part of an earlier one is retracted when early results are on, as Kafka Streams does with a tombstone.

Cost: an event reads and writes one row, all open sessions of its key; deadlines move lazily (`due.py`).
The story continues in `windowed.py`.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from streams.windows.aggregations import Aggregation, merged
from streams.windows.due import any_due, due_keys, next_due, store
from streams.windows.instants import END
from streams.windows.results import ADDED, Outcome, Total, Window, closing_order
from streams.windows.rows import OPEN, Open, Rows, Span, all_open


class Session(msgspec.Struct, frozen=True):
    """Sessions that end after a gap without events. Milliseconds; ValueError below one."""

    gap_ms: int

    def __post_init__(self) -> None:
        if self.gap_ms < 1:
            raise ValueError("a gap is one millisecond at least")

    def keep(self, aggregation: Aggregation[Any, Any, Any]) -> "Sessions":
        return Sessions(self.gap_ms, aggregation)


class Sessions:
    """The keeper of session windows."""

    shares = False

    def __init__(self, gap_ms: int, aggregation: Aggregation[Any, Any, Any]) -> None:
        self._gap = gap_ms
        self._aggregation = aggregation

    def add(self, time: int, key: str, value: Any, rows: Rows[Any], boundary: int) -> Outcome:
        row: Open[Any] | None = rows.get(OPEN + key)
        spans = () if row is None else row.spans
        joined = [span for span in spans if self._joins(span, time, boundary)]
        if not joined and time + self._gap <= boundary:
            return Outcome(missed=Window(time, time + self._gap))
        session = self._join(joined, time, value, boundary)
        others = [span for span in spans if not self._joins(span, time, boundary)]
        due = session.end if row is None else min(row.due, session.end)
        store(rows, key, row, Open(due, tuple(sorted([*others, session], key=_start))))
        absorbed = tuple(Window(span.start, span.end) for span in joined if span.start != session.start)
        return Outcome(absorbed=absorbed) if absorbed else ADDED

    def ripe(self, rows: Rows[Any], mark: int, boundary: int) -> bool:
        return any_due(rows, mark, boundary)

    def due(self, rows: Rows[Any], mark: int) -> int | None:
        return next_due(rows, mark)

    def close(self, rows: Rows[Any], mark: int, boundary: int) -> Iterator[Total]:
        totals = [total for key in due_keys(rows, mark, boundary) for total in self._close(rows, key, boundary)]
        return iter(sorted(totals, key=closing_order))

    def around(self, time: int, key: str, rows: Rows[Any], boundary: int) -> Iterator[Total]:
        spans = _spans(rows, key, boundary)
        return (_total(key, span) for span in spans if span.start <= time < span.end)

    def touched(self, rows: Rows[Any], boundary: int, since: int) -> Iterator[Total]:
        for key, spans in all_open(rows):
            yield from (_total(key, span) for span in spans if span.end > boundary and span.touched >= since)

    def open(self, rows: Rows[Any], key: str, starts: range, boundary: int) -> Iterator[Total]:
        return (_total(key, span) for span in _spans(rows, key, boundary) if span.start in starts)

    def ends(self, starts: range) -> range:
        return range(starts.start + self._gap, END)

    def _joins(self, span: Span[Any], time: int, boundary: int) -> bool:
        return span.end > boundary and span.start < time + self._gap and time < span.end

    def _join(self, joined: list[Span[Any]], time: int, value: Any, boundary: int) -> Span[Any]:
        held = [span.accumulator for span in joined] or [self._aggregation.initialize()]
        accumulator = self._aggregation.add(merged(self._aggregation, held), value)
        start = min([time, *(span.start for span in joined)])
        end = max([time + self._gap, *(span.end for span in joined)])
        return Span(start, end, accumulator, boundary)

    def _close(self, rows: Rows[Any], key: str, boundary: int) -> list[Total]:
        row: Open[Any] | None = rows.get(OPEN + key)
        assert row is not None, "a deadline belongs to a key with open sessions"
        rest = tuple(span for span in row.spans if span.end > boundary)
        store(rows, key, row, Open(min(span.end for span in rest), rest) if rest else None)
        return [_total(key, span) for span in row.spans if span.end <= boundary]


def _spans(rows: Rows[Any], key: str, boundary: int) -> list[Span[Any]]:
    row: Open[Any] | None = rows.get(OPEN + key)
    return [] if row is None else [span for span in row.spans if span.end > boundary]


def _total(key: str, span: Span[Any]) -> Total:
    return Total(key, Window(span.start, span.end), span.accumulator)


def _start(span: Span[Any]) -> int:
    return span.start
