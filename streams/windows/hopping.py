"""Tumbling and hopping windows: fixed sizes, aligned to the epoch, kept as panes.

Semantics: Flink's TumblingEventTimeWindows and SlidingEventTimeWindows, Kafka Streams' TimeWindows. An event belongs
to every window [start, start + size) that holds its time; it is added to those that are open, and late only if all
have closed, as in both. The offset shifts the alignment, as in Flink: minus eight hours makes days of a zone that is
eight hours ahead of UTC. It is fixed: it knows no daylight saving.

Cost: an event reads and writes one pane, a slice of gcd(size, step) milliseconds, however many windows share it;
windows are combined when they close or are read (Li et al., "No Pane, No Gain", 2005). A closing reads size/slice
panes of each key.
The story continues in `windowed.py`.
"""

import math
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from streams.windows.aggregations import Aggregation, merged
from streams.windows.instants import END, stamp, unstamp
from streams.windows.results import ADDED, Outcome, Total, Window
from streams.windows.rows import KEY_AT, PANE, Pane, Rows, rows_of_key


class Hopping(msgspec.Struct, frozen=True):
    """Windows of a size, one beginning every step. Milliseconds; ValueError unless 1 <= step <= size."""

    size_ms: int
    step_ms: int
    offset_ms: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.step_ms <= self.size_ms:
            raise ValueError("a step lies between one millisecond and the size of the window")

    def keep(self, aggregation: Aggregation[Any, Any, Any]) -> "Panes":
        return Panes(self, aggregation)


class Tumbling(msgspec.Struct, frozen=True):
    """Windows of a size, one after another. Milliseconds; ValueError below one."""

    size_ms: int
    offset_ms: int = 0

    def __post_init__(self) -> None:
        self.hopping()

    def hopping(self) -> Hopping:
        """The same windows as hopping ones, with a step of their size."""
        return Hopping(self.size_ms, self.size_ms, self.offset_ms)

    def keep(self, aggregation: Aggregation[Any, Any, Any]) -> "Panes":
        return Panes(self.hopping(), aggregation)


class Panes:
    """The keeper of tumbling and hopping windows."""

    shares = True

    def __init__(self, kind: Hopping, aggregation: Aggregation[Any, Any, Any]) -> None:
        self._size, self._step, self._offset = kind.size_ms, kind.step_ms, kind.offset_ms
        self._slice = math.gcd(kind.size_ms, kind.step_ms)
        self._aggregation = aggregation

    def add(self, time: int, key: str, value: Any, rows: Rows[Any], boundary: int) -> Outcome:
        end = self._last_end(time)
        if end <= boundary:
            return Outcome(missed=Window(end - self._size, end))
        name = PANE + stamp(self._pane(time)) + key
        pane: Pane[Any] | None = rows.get(name)
        before = self._aggregation.initialize() if pane is None else pane.accumulator
        rows[name] = Pane(self._aggregation.add(before, value), boundary)
        return ADDED

    def ripe(self, rows: Rows[Any], mark: int, boundary: int) -> bool:  # noqa: ARG002 - arithmetic is enough
        return self._end_after(mark) <= boundary

    def due(self, rows: Rows[Any], mark: int) -> int | None:
        return self._next_end(rows, mark)

    def close(self, rows: Rows[Any], mark: int, boundary: int) -> Iterator[Total]:
        while (end := self._next_end(rows, mark)) is not None and end <= boundary:
            yield from self._close(rows, end)
            mark = end

    def around(self, time: int, key: str, rows: Rows[Any], boundary: int) -> Iterator[Total]:
        pane = self._pane(time)
        panes = list(rows_of_key(rows, PANE, key, self._pane_range(pane - self._size + 1, pane + self._size)))
        return self._totals(key, panes, (end for end in self._ends(pane) if end > boundary))

    def touched(self, rows: Rows[Any], boundary: int, since: int) -> Iterator[Total]:
        panes: dict[str, list[tuple[int, Pane[Any]]]] = {}
        for name, pane in rows.range(PANE + stamp(boundary - self._size + 1), PANE + stamp(END)):
            panes.setdefault(name[KEY_AT:], []).append((unstamp(name[1:KEY_AT]), pane))
        for key, held in panes.items():
            ends = {end for start, pane in held if pane.touched >= since for end in self._ends(start) if end > boundary}
            yield from self._totals(key, held, ends)

    def open(self, rows: Rows[Any], key: str, starts: range, boundary: int) -> Iterator[Total]:
        panes = list(rows_of_key(rows, PANE, key, self._pane_range(starts.start, starts.stop + self._size)))
        ends = {end for start, _ in panes for end in self._ends(start) if end > boundary and end - self._size in starts}
        return self._totals(key, panes, ends)

    def ends(self, starts: range) -> range:
        return range(self._end_after(starts.start + self._size - 1), starts.stop + self._size, self._step)

    def _close(self, rows: Rows[Any], end: int) -> Iterator[Total]:
        window = Window(end - self._size, end)
        totals: dict[str, Any] = {}
        done = []
        needed = PANE + stamp(window.start + self._step)
        for name, pane in rows.range(PANE + stamp(window.start), PANE + stamp(end)):
            key = name[KEY_AT:]
            totals[key] = self._aggregation.merge(totals[key], pane.accumulator) if key in totals else pane.accumulator
            if name < needed:
                done.append(name)
        for name in done:
            del rows[name]
        return (Total(key, window, totals[key]) for key in sorted(totals))

    def _totals(self, key: str, panes: list[tuple[int, Pane[Any]]], ends: Iterable[int]) -> Iterator[Total]:
        for end in sorted(ends):
            held = [pane.accumulator for start, pane in panes if end - self._size <= start < end]
            yield Total(key, Window(end - self._size, end), merged(self._aggregation, held))

    def _next_end(self, rows: Rows[Any], mark: int) -> int | None:
        """The end of the next window after the mark that has a pane. Empty spans cost nothing."""
        oldest = next(iter(rows.range(PANE + stamp(mark - self._size + 1), PANE + stamp(END))), None)
        return None if oldest is None else max(self._end_after(unstamp(oldest[0][1:KEY_AT])), self._end_after(mark))

    def _pane(self, time: int) -> int:
        return time - (time - self._offset) % self._slice

    def _pane_range(self, low: int, high: int) -> range:
        return range(self._pane(low + self._slice - 1), high, self._slice)

    def _end_after(self, time: int) -> int:
        """The first end of a window after this time."""
        return time + self._step - (time - self._offset - self._size) % self._step

    def _last_end(self, time: int) -> int:
        """The end of the last window that holds this time."""
        return time - (time - self._offset) % self._step + self._size

    def _ends(self, pane: int) -> Iterator[int]:
        """The ends of all windows that hold this pane."""
        return iter(range(self._end_after(pane), self._last_end(pane) + 1, self._step))
