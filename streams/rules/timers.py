"""Timers as a rule sees them: "call me again when event time has reached this".

A rule sets a timer by name; when it is due, the service's `on_timer` rule is asked with an `Event[Timer]`. Timers are
rows of the transaction, so they survive whatever the rows survive. The engine brings its own class of this shape.

Timers are not cancelled when a record is closed: that would cost writes on the busiest path. The timer fires, the rule
looks at the record, and acts, forgets it, or asks to be called again.
"""

from typing import Final, Protocol

import msgspec

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS

RETENTION_MS: Final = 7 * DAY_MS
"""How long a closed record still answers repeats: longer than a producer retries, or a consumer is down."""


class Timer(msgspec.Struct, frozen=True, gc=False):
    """What has become due: `name` is what was handed to `set`, `due` is event time in milliseconds."""

    name: str
    due: int


class Timers(Protocol):
    """The timers of the partition in hand."""

    @property
    def now(self) -> int:
        """The latest event time seen in the partition, milliseconds; 0 before its first event."""

    def set(self, name: str, due_ms: int) -> None:
        """Fire once when event time has reached `due_ms`; set again for another time, it fires twice."""


def subject(timer: Timer) -> tuple[str, str]:
    """Of a timer named `hold/O1/0` the two parts `hold` and `O1/0`: what to do, and with what."""
    kind, _, key = timer.name.partition("/")
    return kind, key


def due(timers: Timers, time: int, wait: int) -> int:
    """When `wait` milliseconds are over for something that happened at `time`.

    An event that arrives late has the whole wait before it: the wait counts from the latest event time seen then. Or
    else an order that was held up for an hour would time out before anybody could answer it.
    """
    return max(time, timers.now) + wait
