"""What the language is made of: facts, and the events that carry them.

A `Fact` says what happened (or, as a command, what should); an `Event` says when, why and as the how-manieth
consequence of what. Ids are str, money is integer minor units, time is integer milliseconds: `scalars.py`. Facts have
a fast form, made by `quick`: `twin.py`. Where the story continues: the speakers' files, then `streams/wire.py`.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final, Generic, TypeVar

import msgspec
from pydantic import BaseModel, ConfigDict

from streams.events.scalars import (
    Change,
    Currency,
    Flag,
    Id,
    Level,
    Line,
    Millis,
    Money,
    Number,
    Quantity,
    Received,
    Score,
    Timestamp,
    Version,
)
from streams.events.twin import quick, twin

__all__ = [
    "Change",
    "Currency",
    "Event",
    "Fact",
    "Flag",
    "Id",
    "Level",
    "Line",
    "Millis",
    "Money",
    "Number",
    "Quantity",
    "Received",
    "Score",
    "Timestamp",
    "Value",
    "Version",
    "event_of",
    "quick",
    "twin",
]

F_co = TypeVar("F_co", covariant=True)

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND: Final = timedelta(milliseconds=1)


class Value(BaseModel):
    """A part of a fact, such as a line of an order. Unknown fields are ignored; NaN and infinity are no numbers."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Fact(Value):
    """The `data` of one event type, which is named as the class: what happened, or for a command what should.

    The constructor validates. A field that may be missing is None, and None is left out when written.
    """


class Event(msgspec.Struct, Generic[F_co], frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A fact with its place in history. The order of the fields is the order on the wire.

    Attributes:
        event_id: unique; a derived event's is `<cause id>/<event type>/<n>`.
        event_type: the fact's class name.
        causation_id: the event that led to this one; None when it came from outside.
        correlation_id: the order, or the transaction where there is no order.
        timestamp: event time, UTC. Right before the data, where `streams/wire.py` shortens it.
        data: the fact.
    """

    event_id: str
    event_type: str
    causation_id: str | None = None
    correlation_id: str | None = None
    timestamp: datetime
    data: F_co

    @property
    def time(self) -> int:
        """Event time in whole milliseconds since the epoch."""
        since = self.timestamp - EPOCH  # a division by a millisecond would take longer
        return (since.days * 86_400 + since.seconds) * 1_000 + since.microseconds // 1_000


def event_of(
    fact: Any, event_id: str, timestamp: datetime, causation_id: str | None = None, correlation_id: str | None = None
) -> Event[Any]:
    """Wrap a fact, named by its class."""
    return Event(
        event_id=event_id,
        event_type=type(fact).__name__,
        timestamp=timestamp,
        causation_id=causation_id,
        correlation_id=correlation_id,
        data=fact,
    )
