"""Say a word of the language in a test: its data as on the wire, wrapped as the engine would."""

from datetime import UTC, datetime, timedelta
from itertools import count

import msgspec

from streams.events.base import Event, quick
from streams.events.scalars import read_custom
from streams.rules.timers import Timer

START = datetime(2026, 1, 1, tzinfo=UTC)
START_MS = int(START.timestamp() * 1000)
_numbers = count()


def say(fact, *, at=0, event_id=None, **data):
    """An event of that type, `at` milliseconds after START."""
    return Event(
        event_id=event_id or f"said-{next(_numbers)}",
        event_type=fact.__name__,
        timestamp=START + timedelta(milliseconds=at),
        data=msgspec.convert(data, quick(fact), dec_hook=read_custom),
    )


def types(facts):
    return [type(fact).__name__ for fact in facts]


class Alarms:
    """Timers whose clock is in the test's hand."""

    def __init__(self):
        self.now = START_MS
        self.waiting = {}

    def set(self, name, due_ms):
        self.waiting[name] = due_ms

    def cancel(self, name):
        self.waiting.pop(name, None)

    def advance(self, ms):
        """Events of the timers that are due after so many milliseconds, earliest first."""
        self.now += ms
        while due := min(((due, name) for name, due in self.waiting.items() if due <= self.now), default=None):
            due_ms, name = due
            del self.waiting[name]
            yield Event(
                event_id=f"timer/{name}/{due_ms}",
                event_type="Timer",
                timestamp=START + timedelta(milliseconds=due_ms - START_MS),
                data=Timer(name, due_ms),
            )
