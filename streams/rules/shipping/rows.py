"""The parcel of an order, keyed by order id, and all that a shipping rule works on."""

from typing import Literal, NamedTuple

import msgspec

from streams.rules import Rows
from streams.rules.timers import RETENTION_MS, Timers

Status = Literal["waiting", "shipped", "cancelled"]


class Shipment(msgspec.Struct, frozen=True, gc=False):
    """`customer_id` is None when the order was cancelled before it came; `tracking_number` until it ships."""

    shipment_id: str
    status: Status
    at: int  # event time of the last change of status, milliseconds
    customer_id: str | None = None
    tracking_number: str | None = None


class Policy(msgspec.Struct, frozen=True):
    """Durations are milliseconds of event time."""

    retention: int = RETENTION_MS


class Memory(NamedTuple):
    """Everything lives in the partition of its order."""

    shipments: Rows[Shipment]
    timers: Timers
    policy: Policy = Policy()
