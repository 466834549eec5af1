"""Event-time timers inside transactions: rows that call a rule when their time has come.

A timer is due when the partition's watermark has passed it. The watermark is the minimum over the service's source
topics, and moves with the wall clock once they are all idle, so an idle stream still times out (`streams/windows`).
Setting, cancelling and firing are writes like any other: committed with the chunk, or never.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from streams.engine.service import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from streams.engine.rows import Rows

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
END_OF_TIME: Final = "9" * 15  # sorts behind every due time in milliseconds


class Timer(msgspec.Struct, frozen=True):
    """What a rule that fires is given as `event.data`."""

    name: str
    due: int  # event time, milliseconds since the epoch
    data: dict[str, str]


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


DUE: Final[Table[dict[str, str]]] = Table("timers-due", dict[str, str])  # "<due, 15 digits>/<name>" -> data
NAMES: Final[Table[int]] = Table("timers-names", int)  # name -> due


class Timers:
    """The timers of one partition, seen from one transaction.

    Attributes:
        now: event time of the partition, milliseconds: its watermark; 0 before the first event.
    """

    def __init__(self, service: str, due: Rows[dict[str, str]], names: Rows[int], now: int) -> None:
        self._service, self._due, self._names = service, due, names
        self.now = max(now, 0)

    def set(self, name: str, due_ms: int, data: Mapping[str, str] | None = None) -> None:
        """Call the rule when event time reaches `due_ms`; a timer of the same name is replaced."""
        self.cancel(name)
        self._names[name] = due_ms
        self._due[_slot(due_ms, name)] = dict(data or {})

    def cancel(self, name: str) -> None:
        """Forget a timer; one that is not set is no error."""
        due_ms = self._names.get(name)
        if due_ms is not None:
            del self._names[name]
            del self._due[_slot(due_ms, name)]

    def due(self, now_ms: int) -> Iterator[TimerEvent]:
        """Timers whose time has come, earliest first. Fired ones are the caller's to cancel."""
        for slot, data in self._due.range("", _slot(now_ms + 1, "")):
            at, _, name = slot.partition("/")
            yield self._event(Timer(name, int(at), data))

    def next_due(self) -> int | None:
        """When the earliest timer is due, milliseconds; None: there is none."""
        for slot, _ in self._due.range("", END_OF_TIME):
            return int(slot.partition("/")[0])
        return None

    def _event(self, timer: Timer) -> TimerEvent:
        identity = f"{self._service}-timer/{timer.name}/{timer.due}"
        return TimerEvent(identity, EPOCH + timedelta(milliseconds=timer.due), timer)


def _slot(due_ms: int, name: str) -> str:
    return f"{due_ms:015d}/{name}"
