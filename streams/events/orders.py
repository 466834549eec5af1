"""What became of an order: the orders service watches every line and the payment, and says so once."""

from typing import Literal

from streams.events.base import Fact, Id, Line, Quantity, Value
from streams.events.intake import Items

CancelReason = Literal["out_of_stock", "payment_failed", "fraud", "customer", "timeout"]


class OrderLine(Value):
    """One line of an order, with its position, from 0."""

    line: Line
    product_id: Id
    quantity: Quantity


class OrderConfirmed(Fact):
    """Every line is reserved and the payment is settled: ship it."""

    order_id: Id
    customer_id: Id
    items: Items


class OrderCancelled(Fact):
    """The order is over and holds nothing: release its lines, ship nothing.

    `lines` are those that may hold stock; missing when the order itself was never seen.
    """

    order_id: Id
    reason: CancelReason
    lines: tuple[OrderLine, ...] | None = None


class OrderCompleted(Fact):
    """The order has shipped."""

    order_id: Id
