"""A task: one partition of a service, with its rows, its clock and its turn.

The name is Kafka Streams'. All source topics of a service have the same partitions, and partition p of each of them
works on the rows of task p, one chunk after another. `chunk.py` asks it for rows, `committer.py` writes them.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any

from streams.engine.cache import CacheBudget, Pending, RowCache
from streams.engine.errors import TopologyError
from streams.engine.rows import Rows
from streams.engine.service import Table
from streams.engine.store import MemoryStore, Store
from streams.engine.timers import DUE, Timers
from streams.windows.instants import END
from streams.windows.watermarks import NOTHING_SEEN, Highs, Watermarks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.engine.chunk import Chunk
    from streams.engine.service import Service

CAREFUL_RECORDS = 10_000  # after a row that was too large, whose rows are measured as well
WATERMARK: Table[Highs] = Table("watermark", Highs)  # one row, under the empty key


class Task:
    """The state of one partition while this worker owns it.

    Args:
        service: what it is a part of.
        partition: its number.
        store: the committed rows.
        budget: what bounds the decoded rows of its tables, of other tasks' too; None: they have one of their own.
    """

    def __init__(self, service: Service, partition: int, store: Store, budget: CacheBudget | None = None) -> None:
        self.service, self.partition, self.store = service, partition, store
        self.turn = asyncio.Lock()
        self.pending: Pending = deque()  # rows of transactions that are not in the store yet, oldest first
        self.tables: tuple[Table[Any], ...] = (*service.remembers, DUE, WATERMARK)
        self.caches = {table: RowCache(table, store, self.pending) for table in self.tables}
        self.budget = budget or CacheBudget()
        self.budget.add(self.caches.values())
        self.closed = False
        self._next_due: int | None = None  # None: not known
        self.no_timer_before = 0  # milliseconds; those before have fired, and to walk over what they left is slow
        self._careful_below: dict[str, int] = {}  # an offset of each source topic
        self.timers_set = 0  # by chunks that are done, since one last fired timers
        self._marks: Watermarks | None = None

    def rows(self, table: Table[Any]) -> Rows[Any]:
        """A fresh view of a table for one transaction."""
        return Rows(table, self.caches[table])

    def pace(self, topic: str, times: Sequence[int], now_ms: int) -> Sequence[int]:
        """Take note of a chunk's event times; for each event, the watermark to process it with."""
        return self._watermarks(now_ms).pace(topic, times, now_ms)

    def pace_lanes(self, lanes: Sequence[str], times: Sequence[int], now_ms: int) -> Sequence[int]:
        """The same for a chunk of a relay: the lane of each event."""
        return self._watermarks(now_ms).pace_lanes(lanes, times, now_ms)

    def event_time(self, now_ms: int) -> int:
        """The watermark over the service's source topics. It moves with the wall clock once they all are idle."""
        return self._watermarks(now_ms).tick(now_ms)

    def stream_time(self, now_ms: int) -> int:
        """The highest event time seen, or where the wall clock has moved event time to, if that is later."""
        marks = self._watermarks(now_ms)
        return max(marks.tick(now_ms), marks.latest)

    def watermark(self, now_ms: int) -> Highs:
        """What to store, so that event time never goes back."""
        return self._watermarks(now_ms).state

    def _watermarks(self, now_ms: int) -> Watermarks:
        if self._marks is None:
            bounds = self.service.time
            if bounds is None:
                raise TopologyError(f"{self.service.name} declares no event time: Service(time=Bounds(...))")
            stored = self.caches[WATERMARK][""] or NOTHING_SEEN
            self._marks = Watermarks(self.service.lanes, bounds, now_ms, stored)
        return self._marks

    def has_timer_due(self, now_ms: int) -> bool:
        """True when a timer waits to fire at this event time."""
        if self._next_due is None:
            due = Timers(self.service.name, self.rows(DUE), 0, self.no_timer_before).next_due()
            self._next_due = self.no_timer_before = END if due is None else due
        return self._next_due <= now_ms

    def timers_changed(self, timers: Timers) -> None:
        """A transaction set timers, or took some away, or both."""
        earliest = timers.earliest
        self.timers_set += timers.count
        if earliest is not None:
            self.no_timer_before = min(self.no_timer_before, earliest)
        if timers.fired:
            self._next_due = None
        elif earliest is not None and self._next_due is not None:
            self._next_due = min(self._next_due, earliest)

    def go_carefully(self, topic: str, next_offset: int) -> bool:
        """A transaction up to this offset held a row that is too large for the changelog: find out which records wrote
        such rows, and of some more records, since a row that has grown is too large the next time, too.

        Returns: whether the records before this offset were read carelessly.
        """
        before = self._careful_below.get(topic, 0)
        self._careful_below[topic] = max(before, next_offset + CAREFUL_RECORDS)
        return before < next_offset

    def is_careful(self, chunk: Chunk) -> bool:
        """True when the rows that a chunk's records write are to be measured, one record after another."""
        first = chunk.records[0].offset if chunk.records else chunk.next_offset - 1
        return first < self._careful_below.get(chunk.topic.name, -1)

    def forget(self) -> None:
        """Drop every row that is not in the store: its transaction came to nothing."""
        self.pending.clear()
        for cache in self.caches.values():
            cache.forget()
        self._next_due, self.no_timer_before = None, 0
        self._marks = None

    def close(self) -> None:
        """The partition went elsewhere, or the process ends."""
        self.closed = True
        self.budget.remove(self.caches.values())
        self.store.close()


def void(service: Service, partition: int) -> Task:
    """A task for a chunk that came too late: its partition was lost. It reads nothing, and nothing reads it."""
    task = Task(service, partition, MemoryStore())
    task.closed = True
    return task
