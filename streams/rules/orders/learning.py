"""Note what an event says about an order. Topics race, so each of these may come first, last, twice, or days late."""

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from streams.events.base import Event, Fact, quick
from streams.events.intake import OrderCancelRequested, OrderPlaced
from streams.events.inventory import ReservationExpired, StockRejected, StockReleased, StockReserved
from streams.events.orders import OrderCompleted
from streams.events.payments import PaymentAuthorised, PaymentFailed
from streams.events.shipping import OrderShipped
from streams.rules.orders.deciding import settle
from streams.rules.orders.memory import Memory
from streams.rules.orders.rows import Line, Order
from streams.rules.orders.timing import limit

order_completed = quick(OrderCompleted)


def place(event: Event[OrderPlaced], memory: Memory) -> Iterator[Fact]:
    """The order itself. From here on it can be decided; its time limit starts now."""
    placed = event.data
    order = _waiting(event, memory)
    if order is None or order.lines is not None:
        return
    order = replace(
        order,
        customer_id=placed.customer_id,
        lines=tuple(Line(line, item.product_id, item.quantity) for line, item in enumerate(placed.items)),
        with_card=placed.card_id is not None,
    )
    limit(placed.order_id, event.time, memory)
    yield from settle(placed.order_id, order, event.time, memory)


def request_cancel(event: Event[OrderCancelRequested], memory: Memory) -> Iterator[Fact]:
    """A customer's wish. It wins over everything that is not decided yet, even over an order that is yet to come."""
    yield from _learn(event, memory, cancel_requested=True)


def hold_line(event: Event[StockReserved], memory: Memory) -> Iterator[Fact]:
    """A line holds its stock."""
    order = _waiting(event, memory)
    if order is not None and event.data.line not in order.reserved:
        yield from _learn(event, memory, reserved=(*order.reserved, event.data.line))


def lose_line(event: Event[StockRejected | ReservationExpired | StockReleased], memory: Memory) -> Iterator[Fact]:
    """A line holds no stock, or not any more."""
    order = _waiting(event, memory)
    if order is not None and event.data.line not in order.lost:
        yield from _learn(event, memory, lost=(*order.lost, event.data.line))


def accept_payment(event: Event[PaymentAuthorised], memory: Memory) -> Iterator[Fact]:
    """The money is there, unless an earlier attempt has failed: the first outcome counts."""
    order = _waiting(event, memory)
    if order is not None and order.payment is None:
        yield from _learn(event, memory, payment="authorised")


def refuse_payment(event: Event[PaymentFailed], memory: Memory) -> Iterator[Fact]:
    """The money is not there, unless an earlier attempt has brought it: the first outcome counts."""
    order = _waiting(event, memory)
    if order is not None and order.payment is None:
        yield from _learn(event, memory, payment="fraud" if event.data.reason == "fraud" else "failed")


def complete(event: Event[OrderShipped], memory: Memory) -> Iterator[Fact]:
    """The parcel has left, so the order is done. Its stock is consumed by the same event, in inventory's own time."""
    order = memory.orders.get(event.data.order_id)
    if order is not None and order.status == "confirmed":
        memory.orders[event.data.order_id] = replace(order, status="completed", at=event.time)
        yield order_completed(order_id=event.data.order_id)


def _waiting(event: Event[Any], memory: Memory) -> Order | None:
    """The order, new if nobody spoke of it before; None once it is decided."""
    order = memory.orders.get(event.data.order_id)
    if order is None:
        limit(event.data.order_id, event.time, memory)
        order = memory.orders[event.data.order_id] = Order(at=event.time)
    return order if order.status == "waiting" else None


def _learn(event: Event[Any], memory: Memory, **news: Any) -> Iterator[Fact]:
    order = _waiting(event, memory)
    if order is not None:
        yield from settle(event.data.order_id, replace(order, **news), event.time, memory)
