"""The envelope as strangers may send it: validated with pydantic, documented as JSON Schema.

`base.Event` is the same thing inside. The hot path does not come here: `streams/wire.py` says when it does.
"""

from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, create_model

from streams.events.base import Fact, Id, Timestamp


class Envelope(BaseModel):
    """What every event has beside its type and its `data`. Unknown fields are ignored.

    Attributes:
        event_id: without one, the id is made of the record's topic, partition and offset.
        timestamp: event time; an offset from UTC is needed, since a shop has no time zone.
        causation_id: the event that led to this one.
        correlation_id: the order, or the transaction where there is no order.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    event_id: Id | None = None
    timestamp: Timestamp
    causation_id: Id | None = None
    correlation_id: Id | None = None


@cache
def envelope(fact: type[Fact]) -> Any:
    """The model of an event that carries this fact: `Envelope` with its `event_type` and its `data`."""
    name = fact.__name__
    fields: dict[str, Any] = {"event_type": (Literal[name], ...), "data": (fact, ...)}
    return create_model(f"{name}Event", __base__=Envelope, __doc__=fact.__doc__, **fields)
