"""All that an insights rule works on, and the one way to count an event in a window."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, Protocol

import msgspec

from streams.events.base import Event, Fact, quick
from streams.events.insights import LateEvent
from streams.rules import Rows
from streams.rules.insights.measures import Measure
from streams.rules.insights.rows import Cover, Order, Seen
from streams.rules.timers import DAY_MS, RETENTION_MS, Timers
from streams.windows import Late, Result, Window
from streams.windows.rows import Rows as WindowRows

THRESHOLD_DAYS: Final = 3.0
"""A product that lasts no longer must be ordered now: what a supplier takes to deliver."""

HALF_LIFE_MS: Final = DAY_MS
"""After so long demand weighs half: a day sees through the hours, and follows a trend within days."""

late_event = quick(LateEvent)


class Policy(msgspec.Struct, frozen=True):
    """Durations are milliseconds of event time."""

    threshold_days: float = THRESHOLD_DAYS
    half_life: int = HALF_LIFE_MS
    retention: int = RETENTION_MS


class Place(Protocol):
    """Where the events in hand come from, and when they come: the engine's transaction."""

    @property
    def lane(self) -> str: ...
    def watermark(self, event: Any) -> int: ...
    def where(self, event: Any) -> tuple[str, int, int]:
        """Topic, partition and offset of the event's record."""
        ...

    def source(self, event: Any) -> tuple[bytes | None, bytes | None]:
        """Key and value of the event's record."""
        ...


Said = dict[tuple[str, str, Window], tuple[Measure, Result]]
"""Final results that wait to be said at the end of the chunk, by window: said again, they are still said once."""


class Desk(NamedTuple):
    """`orders` live in the partition of their order; `seen` where attempts and failures come in; others in their key's.

    `windows`: the rows of each measure, and of `JOIN` and `LEVELS`, by name.
    """

    orders: Rows[Order]
    seen: Rows[Seen]
    covers: Rows[Cover]
    windows: Mapping[str, WindowRows[Any]]
    timers: Timers
    place: Place
    finals: Said
    policy: Policy = Policy()


JOIN: Final = "failed-attempts"
LEVELS: Final = "stock-levels"


class Sample(NamedTuple):
    """What is counted: a value of a key at an event time in milliseconds."""

    key: str
    at: int
    value: Any


def count(event: Event[Any], measure: Measure, sample: Sample, desk: Desk) -> Iterator[Fact]:
    """Count what follows from an event; if that is too late, say so."""
    rows, watermark = desk.windows[measure.name], desk.place.watermark(event)
    for said in measure.windowed.process(sample.at, sample.key, sample.value, rows, watermark):
        if isinstance(said, Late):
            yield too_late(event, measure.name, said, desk)
        else:
            note(measure, said, desk)


def note(measure: Measure, result: Result, desk: Desk) -> None:
    """A final result is said when the chunk is done: `closing.py`."""
    desk.finals[measure.name, result.key, result.window] = (measure, result)


def too_late(event: Event[Any], window: str, late: Late, desk: Desk) -> Fact:
    """The event with the window it missed."""
    topic, partition, offset = desk.place.where(event)
    key, value = desk.place.source(event)
    return late_event(
        key=(key or b"").decode(errors="replace"),
        window=window,
        missed_by=late.key,
        start=late.window.start,
        end=late.window.end,
        watermark=late.watermark,
        topic=topic,
        partition=partition,
        offset=offset,
        event=(value or b"").decode(errors="replace"),
    )
