"""What is known about an order, keyed by order id. Any event may be the first to speak of it."""

from typing import Literal

import msgspec

from streams.events.orders import CancelReason

Status = Literal["waiting", "confirmed", "cancelled", "completed"]
Payment = Literal["authorised", "failed", "fraud"]


class Line(msgspec.Struct, frozen=True, gc=False):
    """One line of an order."""

    line: int
    product_id: str
    quantity: int


class Order(msgspec.Struct, frozen=True, gc=False):
    """`lines` is None until the order itself has arrived; before that nothing is decided."""

    status: Status = "waiting"
    customer_id: str | None = None
    lines: tuple[Line, ...] | None = None
    with_card: bool = False
    reserved: tuple[int, ...] = ()  # lines that hold stock
    lost: tuple[int, ...] = ()  # lines that were refused, or do not hold stock any more
    payment: Payment | None = None  # the first outcome that was heard of
    cancel_requested: bool = False
    reason: CancelReason | None = None  # why it was cancelled
    at: int = 0  # event time of the last change of status, milliseconds
