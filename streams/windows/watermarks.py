"""Watermarks: how far event time has come, when events arrive out of order from several sources.

Why: a window may close only when no more events of its time are to be expected. A watermark W says: events before W
are late. Of each source it is the highest event time seen less a bound on disorder (Flink's
BoundedOutOfOrdernessWatermarks; there a watermark W means "up to and including W", so that ours is one more). Over
sources it is the minimum (Flink's rule for an operator with several inputs). A source is one topic of a partition's
task, so that the task with its rows has a watermark of its own, whoever runs it.

A source that shows nothing for a while (by the wall clock, passed in) is idle and holds nothing back. When all are
idle the highest counts, as in Flink. With `clock_when_idle` event time then moves on at the pace of the wall clock,
from the highest: so a time limit fires in a stream that has fallen silent, and a backlog of old events is not
declared late. A watermark never goes back; its state is a row, written with what it has closed.
The story continues in `windowed.py`.
"""

from collections.abc import Iterable, Sequence

import msgspec

from streams.windows.instants import BEGINNING, END


class Highs(msgspec.Struct, frozen=True, gc=False):
    """The state of watermarks, as stored: the watermark, and the highest event time of each source. Milliseconds."""

    current: int
    sources: dict[str, int]


NOTHING_SEEN = Highs(BEGINNING, {})


class Bounds(msgspec.Struct, frozen=True):
    """What is taken for granted of a stream's times. Milliseconds.

    `disorder_ms`: how far an event may be behind the highest one of its source and be on time.
    `idle_ms`: after so long without an event a source is idle.
    `clock_when_idle`: when all sources are idle, event time moves on with the wall clock.
    `ahead_ms`: an event further ahead of the wall clock than this counts as only so far, lest one bad clock makes all
    others late. None trusts every event.
    """

    disorder_ms: int
    idle_ms: int
    clock_when_idle: bool = False
    ahead_ms: int | None = None


class Watermarks:
    """The watermark of one partition's task over its sources.

    All times are milliseconds; `now_ms` is the wall clock.
    """

    __slots__ = ("_bounds", "_current", "_highs", "_seen")

    def __init__(self, sources: Iterable[str], bounds: Bounds, now_ms: int, state: Highs = NOTHING_SEEN) -> None:
        floor = BEGINNING if state.current == BEGINNING else state.current + bounds.disorder_ms
        self._highs = {source: max(floor, state.sources.get(source, BEGINNING)) for source in sources}
        self._seen = dict.fromkeys(self._highs, now_ms)
        self._current = state.current
        self._bounds = bounds

    @property
    def current(self) -> int:
        """The watermark: no event before it is to be expected."""
        return self._current

    @property
    def latest(self) -> int:
        """The highest event time seen of any source: Kafka Streams' stream time. BEGINNING before the first event."""
        return max(self._highs.values(), default=BEGINNING)

    @property
    def state(self) -> Highs:
        """What to store; pass it to the constructor to go on from here."""
        return Highs(self._current, dict(self._highs))

    def observe(self, source: str, time_ms: int, now_ms: int) -> int:
        """Take note of an event, or of the highest time of several; the watermark after it.

        KeyError for an unknown source.
        """
        high = self._highs[source]
        self._seen[source] = now_ms
        if time_ms > high:
            self._highs[source] = max(high, min(time_ms, self._latest(now_ms)))
            self._combine(now_ms)
        return self._current

    def pace(self, source: str, times: Sequence[int], now_ms: int) -> Sequence[int]:
        """Take note of a chunk of events in their order; for each, the watermark to process it with.

        That is the watermark just before it, so that chunk size does not matter. A chunk whose events are all on time
        costs as much as one event: the watermark before the chunk then decides the same for all of them.
        """
        if not times:
            return ()
        before, high = self._current, self._highs[source]
        if min(times) >= self.observe(source, max(times), now_ms):
            return [before] * len(times)
        return self._replay(source, times, now_ms, before, high)

    def pace_lanes(self, lanes: Sequence[str], times: Sequence[int], now_ms: int) -> Sequence[int]:
        """As `pace`, for a chunk in which sources take turns: `lanes` names the source of each event.

        An event of an unknown source is given its watermark, and tells nothing of time.
        """
        before, highs, seen = self._current, dict(self._highs), dict(self._seen)
        latest: dict[str, int] = {}
        for lane, time in zip(lanes, times, strict=True):
            latest[lane] = max(time, latest.get(lane, time))
        for lane, time in latest.items():
            self._hear(lane, time, now_ms)
        if min(times, default=END) >= self._current:
            return [before] * len(times)
        self._current, self._highs, self._seen = before, highs, seen
        return [self._hear(lane, time, now_ms) for lane, time in zip(lanes, times, strict=True)]

    def _hear(self, lane: str, time_ms: int, now_ms: int) -> int:
        """Take note of an event; the watermark before it."""
        before = self._current
        if lane in self._highs:
            self.observe(lane, time_ms, now_ms)
        return before

    def tick(self, now_ms: int) -> int:
        """Let wall-clock time pass without events: idle sources are released. The watermark after it."""
        self._combine(now_ms)
        return self._current

    def _replay(self, source: str, times: Sequence[int], now_ms: int, current: int, high: int) -> list[int]:
        others = (at for name, at in self._highs.items() if name != source and self._is_active(name, now_ms))
        ceiling = min(others, default=END) - self._bounds.disorder_ms
        latest = self._latest(now_ms)
        marks = []
        for time in times:
            marks.append(current)
            if time > high:
                high = max(high, min(time, latest))
                current = max(current, min(ceiling, high - self._bounds.disorder_ms))
        return marks

    def _combine(self, now_ms: int) -> None:
        active = [high for source, high in self._highs.items() if self._is_active(source, now_ms)]
        high = min(active) if active else self._highest(now_ms)
        self._current = max(self._current, high - self._bounds.disorder_ms)

    def _highest(self, now_ms: int) -> int:
        """Where event time stands when every source is idle."""
        seen = [(high, now_ms - self._seen[source]) for source, high in self._highs.items() if high > BEGINNING]
        return max((high + silent * self._bounds.clock_when_idle for high, silent in seen), default=BEGINNING)

    def _latest(self, now_ms: int) -> int:
        """The highest event time that is believed."""
        return END if self._bounds.ahead_ms is None else now_ms + self._bounds.ahead_ms

    def _is_active(self, source: str, now_ms: int) -> bool:
        return now_ms - self._seen[source] < self._bounds.idle_ms
