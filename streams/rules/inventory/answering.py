"""A command is answered from the record of its line: the same answer however often it is asked."""

from typing import Final

from msgspec.structs import replace

from streams.events.base import Event, Fact, quick
from streams.events.inventory import (
    ConsumeStock,
    RejectReason,
    ReleaseStock,
    ReservationExpired,
    ReserveStock,
    StockRejected,
    StockReleased,
    StockReserved,
)
from streams.rules.inventory.memory import Memory
from streams.rules.inventory.rows import Reservation, ReservationState, line_key

StockCommand = ReserveStock | ReleaseStock | ConsumeStock

stock_rejected = quick(StockRejected)
_ANSWERS: Final = {
    "open": quick(StockReserved),
    "consumed": quick(StockReserved),  # the promise was kept: no later word was said about it
    "released": quick(StockReleased),
    "expired": quick(ReservationExpired),
}


def recall(command: StockCommand, memory: Memory) -> Reservation | None:
    """What is on record for the line, None if it was never heard of.

    Raises:
        ValueError: the line is on record with another product; the command is set aside.
    """
    record = memory.reservations.get(line_key(command.order_id, command.line))
    if record is not None and record.product_id != command.product_id:
        raise ValueError(f"line {command.line} of order {command.order_id} is of product {record.product_id}")
    return record


def record_of(event: Event[StockCommand], state: ReservationState) -> Reservation:
    """A new record of the line that a command speaks of."""
    command = event.data
    return Reservation(command.order_id, command.line, command.product_id, command.quantity, state, event.time)


def rejection(event: Event[StockCommand], reason: RejectReason, available: int) -> Reservation:
    """A new record of a line that is refused, with what could have been had."""
    return replace(record_of(event, "rejected"), reason=reason, available=available)


def answer(record: Reservation) -> Fact:
    """What topic `reservations` was told last about the line."""
    if record.reason is not None:
        return stock_rejected(
            order_id=record.order_id,
            product_id=record.product_id,
            quantity=record.quantity,
            line=record.line,
            reason=record.reason,
            available=record.available,
        )
    return _ANSWERS[record.state](
        order_id=record.order_id, product_id=record.product_id, quantity=record.quantity, line=record.line
    )
