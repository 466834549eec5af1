"""A file per order: what was asked, what was promised for each line, and how it ended."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agents.verify.record import text, whole

if TYPE_CHECKING:
    from agents.verify.record import Fact


@dataclass(slots=True)
class Line:
    """One line's promise. Answers may be repeated, so each is a flag."""

    product_id: str
    quantity: int
    reserved: bool = False
    rejected: bool = False
    closed: bool = False
    """Released or expired."""


@dataclass(slots=True)
class Order:
    """All that the topics say about an order. Numbers count records."""

    items: Counter[str] | None = None
    """Pieces per product, as placed; None: no order was read, or none that can be."""
    placed: bool = False
    accepted: bool = False
    """Some `OrderPlaced` was not set aside."""
    cancel_requested: bool = False
    confirmed: int = 0
    completed: int = 0
    cancelled: int = 0
    created: int = 0
    shipped: int = 0
    shipped_items: Counter[str] | None = None
    shipment_cancelled: int = 0
    told: int = 0
    """`SmsSent` and `SmsFailed`."""
    authorised: int = 0
    payment_failed: int = 0
    lines: dict[str, Line] = field(default_factory=dict)

    @property
    def ended(self) -> int:
        return self.completed + self.cancelled

    def open_lines(self) -> list[Line]:
        """Lines that hold stock: promised, not closed, not shipped."""
        return [line for line in self.lines.values() if line.reserved and not line.closed and not self.shipped]


COUNTED = {
    "OrderConfirmed": "confirmed",
    "OrderCompleted": "completed",
    "OrderCancelled": "cancelled",
    "ShipmentCreated": "created",
    "OrderShipped": "shipped",
    "ShipmentCancelled": "shipment_cancelled",
    "SmsSent": "told",
    "SmsFailed": "told",
    "PaymentAuthorised": "authorised",
    "PaymentFailed": "payment_failed",
}
"""Event type: the number of an `Order` that it raises."""


class OrderBook(dict[str, Order]):
    """Orders by id, opened when first heard of."""

    def __missing__(self, order_id: str) -> Order:
        return self.setdefault(order_id, Order())

    def of(self, fact: Fact) -> Order:
        return self[text(fact.data.get("order_id")) or "?"]

    def placed(self, fact: Fact) -> None:
        order = self.of(fact)
        order.placed = True
        order.items = order.items or pieces(fact.data.get("items"))

    def cancel(self, fact: Fact) -> None:
        self.of(fact).cancel_requested = True

    def count(self, fact: Fact) -> None:
        order, number = self.of(fact), COUNTED[fact.type]
        setattr(order, number, getattr(order, number) + 1)
        if fact.type == "OrderShipped":
            order.shipped_items = pieces(fact.data.get("items"))

    def answer(self, fact: Fact) -> None:
        """A line's promise, refusal, release or expiry."""
        lines, number = self.of(fact).lines, str(fact.data.get("line"))
        line = lines.get(number)
        if line is None:
            product_id = text(fact.data.get("product_id")) or "?"
            line = lines[number] = Line(product_id, whole(fact.data.get("quantity")))
        if fact.type == "StockReserved":
            line.reserved = True
        elif fact.type == "StockRejected":
            line.rejected = True
        else:
            line.closed = True


def pieces(items: Any) -> Counter[str] | None:
    """Pieces per product of a list of lines; None when it is no such list."""
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        return None
    counted: Counter[str] = Counter()
    for item in items:
        counted[text(item.get("product_id")) or "?"] += whole(item.get("quantity"))
    return counted
