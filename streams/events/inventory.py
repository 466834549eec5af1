"""The stock's words: commands for one product, what they led to, and every change of a count.

Commands exist because an order is keyed by order and stock by product: a line travels to its product's partition.
"""

from typing import Literal

from streams.events.base import Change, Fact, Id, Level, Line, Quantity, Value, Version

StockReason = Literal["reserved", "released", "shipped", "received", "counted", "expired"]
RejectReason = Literal["insufficient_stock", "unknown_product", "invalid_quantity"]


class ReserveStock(Fact):
    """Hold these pieces for a line of an order, or refuse."""

    order_id: Id
    product_id: Id
    quantity: Quantity
    line: Line


class ReleaseStock(Fact):
    """The order is off: what its line holds is free again."""

    order_id: Id
    product_id: Id
    quantity: Quantity
    line: Line


class ConsumeStock(Fact):
    """The order has shipped: what its line holds has left the house."""

    order_id: Id
    product_id: Id
    quantity: Quantity
    line: Line


class StockReserved(Fact):
    """The line holds its pieces."""

    order_id: Id
    product_id: Id
    quantity: Quantity
    line: Line


class StockRejected(Fact):
    """The line holds nothing, and why; `available` is what could have been had (0 for an unknown product)."""

    order_id: Id
    product_id: Id
    quantity: Quantity
    line: Line
    reason: RejectReason
    available: Level


class StockReleased(Fact):
    """The line no longer holds its pieces: it was asked to let go."""

    order_id: Id
    product_id: Id
    quantity: Quantity
    line: Line


class ReservationExpired(Fact):
    """The line no longer holds its pieces: it held them too long, or a count found fewer than were promised."""

    order_id: Id
    product_id: Id
    quantity: Quantity
    line: Line


class StockChange(Value):
    """By how much the two counts moved."""

    on_hand: Change
    reserved: Change


class InventoryUpdated(Fact):
    """The counts of a product after a change; `available` = `on_hand` - `reserved`.

    `version` is per product, one more each time: a reader sees a gap or a repeat at once.
    """

    product_id: Id
    on_hand: Level
    reserved: Level
    available: Level
    change: StockChange
    reason: StockReason
    order_id: Id | None = None
    receipt_id: Id | None = None
    version: Version


class StockLow(Fact):
    """What is available fell below the threshold: order more."""

    product_id: Id
    available: Level
    threshold: Level
