"""Event-time timers inside transactions: rows that call a rule when their time has come.

A timer is due when the partition's watermark has passed it. The watermark is the minimum over the service's source
topics, and moves with the wall clock once they are all idle, so an idle stream still times out (`streams/windows`).
Setting and firing are writes like any other: committed with the chunk, or never.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from streams.engine.service import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.engine.rows import Rows

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
DIGITS: Final = 15  # of a due time in milliseconds, so that rows are in order of time
END_OF_TIME: Final = "9" * DIGITS


class Timer(msgspec.Struct, frozen=True, gc=False):
    """What a rule that fires is given as `event.data`."""

    name: str
    due: int  # event time, milliseconds since the epoch


class TimerEvent(msgspec.Struct, frozen=True):
    """The cause of what a timer's rule emits: shaped as an event, with an id that repeats on replay."""

    event_id: str
    timestamp: datetime
    data: Timer
    event_type: str = "Timer"
    causation_id: str | None = None
    correlation_id: str | None = None

    @property
    def time(self) -> int:
        """Event time in milliseconds: when it was due, not when it fired."""
        return self.data.due


DUE: Final[Table[dict[str, str]]] = Table("timers", dict[str, str])  # "<due, 15 digits>/<name>" -> NOTHING
NOTHING: Final[dict[str, str]] = {}  # the key says it all; rows of earlier versions say more, which nobody reads


class Timers:
    """The timers of one partition, seen from one transaction.

    A timer costs one row. There is no cancelling: that would cost another row for each, on the busiest path, to find
    the first by name. A rule that is called for something that is over looks, and does nothing.

    Args:
        none_before: no timer is due before this, milliseconds. Walking over rows that were deleted is slow in RocksDB.

    Attributes:
        now: the latest event time seen in the partition, milliseconds; 0 before the first event. Not the watermark,
            which waits for a source that has not spoken yet: a limit that counted from there would be over at once.
        earliest: the first that this transaction set, milliseconds; None: it set none.
        count: how many this transaction set.
        fired: how many this transaction took away.
    """

    def __init__(self, service: str, rows: Rows[dict[str, str]], now: int, none_before: int = 0) -> None:
        self._service, self._rows, self._none_before = service, rows, none_before
        self.now = max(now, 0)
        self.earliest: int | None = None
        self.count = 0
        self.fired = 0

    def set(self, name: str, due_ms: int) -> None:
        """Call the rule once when event time has reached `due_ms`; set again for another time, it is called twice."""
        self._rows[_slot(due_ms, name)] = NOTHING
        self.count += 1
        if self.earliest is None or due_ms < self.earliest:
            self.earliest = due_ms
            self._none_before = min(self._none_before, due_ms)

    def due(self, now_ms: int) -> Iterator[TimerEvent]:
        """Timers whose time has come, earliest first."""
        for slot, _ in self._rows.range(_slot(self._none_before, ""), _slot(now_ms + 1, "")):
            at, _, name = slot.partition("/")
            yield self._event(Timer(name, int(at)))

    def done(self, timer: Timer) -> None:
        """It has fired."""
        self.fired += 1
        self._rows.discard(_slot(timer.due, timer.name))

    def next(self) -> tuple[int, str] | None:
        """When the earliest timer is due, milliseconds, and its name; None: there is none."""
        for slot, _ in self._rows.range(_slot(self._none_before, ""), END_OF_TIME):
            at, _, name = slot.partition("/")
            return int(at), name
        return None

    def next_due(self) -> int | None:
        """When the earliest timer is due, milliseconds; None: there is none."""
        earliest = self.next()
        return None if earliest is None else earliest[0]

    def _event(self, timer: Timer) -> TimerEvent:
        identity = f"{self._service}-timer/{timer.name}/{timer.due}"
        return TimerEvent(identity, EPOCH + timedelta(milliseconds=timer.due), timer)


def _slot(due_ms: int, name: str) -> str:
    return f"{str(due_ms).zfill(DIGITS)}/{name}"
