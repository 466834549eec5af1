"""A windowed aggregation: kind of window, aggregation, grace, early results and retention in one object without state.

Why: all state is rows, so that one `Windowed` serves every partition, and a restart or a rebalance needs nothing but
the rows. The engine calls `process` for each event with the watermark in force (`watermarks.py`), and `advance` once
at the end of a chunk and whenever the watermark moves without events. The watermark must never go back for the same
rows.

Deterministic: what is closed is decided by the watermark of each event, not by what `advance` has cleared away;
finals are ordered by end and key. So the finals are the same bytes for any chunk size; and for any partitions, as
long as no event is late.
The story continues in `keeper.py`.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from streams.windows.aggregations import Aggregation
from streams.windows.instants import BEGINNING, END, stamp
from streams.windows.keeper import Kind
from streams.windows.results import Late, Phase, Result, Total, Window, closing_order
from streams.windows.rows import CLOSED, MARK, Closed, Mark, Rows, row_type, rows_of_key

EACH_CHANGE = 0
"""The setting of early results that says one for every event added, as Kafka Streams does without suppression."""

_START = Mark(BEGINNING, BEGINNING)


class Windowed:
    """Windows of one kind, aggregated, for the rows of one partition at a time. All times are milliseconds.

    `grace_ms`: how far behind the watermark a window stays open (Kafka Streams' grace, Flink's allowed lateness).
    `early_ms`: None for final results only; EACH_CHANGE; or n, for what changed in every n milliseconds of the
    watermark (Flink's ContinuousEventTimeTrigger).
    `retention_ms`: how long after its end and grace the final result can still be read; 0 keeps none.
    ValueError when one is negative.
    """

    def __init__(
        self,
        kind: Kind,
        aggregation: Aggregation[Any, Any, Any],
        *,
        grace_ms: int = 0,
        early_ms: int | None = None,
        retention_ms: int = 0,
    ) -> None:
        if min(grace_ms, retention_ms, early_ms or 0) < 0:
            raise ValueError("grace, retention and the period of early results are not negative")
        self.row = row_type(aggregation.accumulator)
        """The msgspec type of the rows, for the table that stores them."""
        self._keeper = kind.keep(aggregation)
        self._aggregation = aggregation
        self._grace, self._early, self._retention = grace_ms, early_ms, retention_ms

    @property
    def retention_ms(self) -> int:
        """How long after its end and grace a final result can be read."""
        return self._retention

    def process(self, time: int, key: str, value: Any, rows: Rows[Any], watermark: int) -> Sequence[Result | Late]:
        """Add an event. Says that it is late, or the early results that it changed, or (mostly) nothing.

        Where windows share rows, an event behind the boundary first closes what the boundary allows; then final results
        come first.
        """
        boundary = watermark - self._grace
        closed = self.advance(watermark, rows) if time < boundary and self._keeper.shares else ()
        outcome = self._keeper.add(time, key, value, rows, boundary)
        if outcome.missed is not None:
            return [*closed, Late(key, outcome.missed, time, watermark)]
        if self._early is None:
            return closed
        said = [*closed, *(Result(key, window, None, "retracted") for window in outcome.absorbed)]
        if self._early == EACH_CHANGE:
            said += self._results(self._keeper.around(time, key, rows, boundary), "early")
        return said

    def advance(self, watermark: int, rows: Rows[Any]) -> list[Result]:
        """Close what the watermark allows: finals by end and key, then the early results that are due.

        Deletes what has expired. Asked again with the same watermark, it says nothing.
        """
        boundary = watermark - self._grace
        mark = before = rows.get(MARK) or _START
        results: list[Result] = []
        if boundary > mark.closed and self._keeper.ripe(rows, mark.closed, boundary):
            results += self._finals(rows, mark.closed, boundary)
            mark = Mark(boundary, mark.said)
        if self._early and boundary // self._early > mark.said // self._early:
            results += self._earlies(rows, boundary, mark.said)
            mark = Mark(mark.closed, boundary)
        if mark is not before:
            rows[MARK] = mark
        return results

    def closed(self, rows: Rows[Any]) -> int:
        """Windows that end up to this time have closed, milliseconds; BEGINNING: none has."""
        mark: Mark = rows.get(MARK) or _START
        return mark.closed

    def due(self, rows: Rows[Any]) -> int | None:
        """The watermark at which `advance` has something to close next, for a timer; None: nothing is open."""
        mark: Mark = rows.get(MARK) or _START
        boundary = self._keeper.due(rows, mark.closed)
        return None if boundary is None else boundary + self._grace

    def read(self, rows: Rows[Any], key: str, low_ms: int = BEGINNING, high_ms: int = END) -> list[Result]:
        """One key's windows that start from low (included) to high (excluded): closed, then open ones, each by end.

        Fixed sizes are found by their keys; sessions and sliding windows that have closed by a scan of all that
        closed after low.
        """
        starts = range(low_ms, high_ms)
        mark: Mark = rows.get(MARK) or _START
        closed = [
            Total(key, Window(row.start, end), row.accumulator)
            for end, row in rows_of_key(rows, CLOSED, key, self._keeper.ends(starts))
            if row.start in starts
        ]
        still_open = sorted(self._keeper.open(rows, key, starts, mark.closed), key=closing_order)
        return [*self._results(closed, "final"), *self._results(still_open, "early")]

    def _finals(self, rows: Rows[Any], mark: int, boundary: int) -> list[Result]:
        totals = list(self._keeper.close(rows, mark, boundary))
        if self._retention:
            for total in totals:
                name = CLOSED + stamp(total.window.end) + total.key
                rows[name] = Closed(total.window.start, total.accumulator)
            self._expire(rows, mark, boundary)
        return self._results(totals, "final")

    def _expire(self, rows: Rows[Any], mark: int, boundary: int) -> None:
        low, high = mark - self._retention, boundary - self._retention
        expired = [name for name, _ in rows.range(CLOSED + stamp(low), CLOSED + stamp(high + 1))]
        for name in expired:
            del rows[name]

    def _earlies(self, rows: Rows[Any], boundary: int, since: int) -> list[Result]:
        return self._results(sorted(self._keeper.touched(rows, boundary, since), key=closing_order), "early")

    def _results(self, totals: Iterable[Total], phase: Phase) -> list[Result]:
        result = self._aggregation.result
        return [Result(total.key, total.window, result(total.accumulator), phase) for total in totals]
