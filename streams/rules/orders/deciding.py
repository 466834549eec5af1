"""Draw the conclusion from what is known about an order: confirm it, cancel it, or wait.

The order of the questions is the order of precedence: a customer's wish, then stock, then money.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from streams.events.base import Fact, quick
from streams.events.intake import OrderItem
from streams.events.orders import CancelReason, OrderCancelled, OrderConfirmed, OrderLine
from streams.rules.orders.memory import Memory, Policy
from streams.rules.orders.rows import Order

order_confirmed = quick(OrderConfirmed)
order_cancelled = quick(OrderCancelled)
order_item = quick(OrderItem)
order_line = quick(OrderLine)


def settle(order_id: str, order: Order, at: int, memory: Memory) -> Iterator[Fact]:
    """Keep what is known of a waiting order, and decide if it can be decided. `at`: event time in milliseconds."""
    reason = objection(order)
    if order.lines is not None and reason is not None:
        yield cancel(order_id, order, reason, at, memory)
    elif order.customer_id is not None and is_ready(order, memory.policy):
        memory.orders[order_id] = replace(order, status="confirmed", at=at)
        yield confirmed(order_id, order.customer_id, order)
    else:
        memory.orders[order_id] = order


def objection(order: Order) -> CancelReason | None:
    """Why the order must not go on, None if nothing speaks against it."""
    if order.cancel_requested:
        return "customer"
    if order.lost:
        return "out_of_stock"
    if order.payment == "fraud":
        return "fraud"
    return "payment_failed" if order.payment == "failed" else None


def is_ready(order: Order, policy: Policy) -> bool:
    """True when every line holds stock and the money is there."""
    if order.lines is None or (policy.needs_payment(order) and order.payment is None):
        return False
    return {line.line for line in order.lines} <= set(order.reserved)


def cancel(order_id: str, order: Order, reason: CancelReason, at: int, memory: Memory) -> Fact:
    """End an order that was not confirmed. The lines named are those that hold stock, or may still come to hold it."""
    memory.orders[order_id] = replace(order, status="cancelled", reason=reason, at=at)
    lines = None if order.lines is None else [line for line in order.lines if line.line not in order.lost]
    named = (
        None
        if lines is None
        else tuple(order_line(line=line.line, product_id=line.product_id, quantity=line.quantity) for line in lines)
    )
    return order_cancelled(order_id=order_id, reason=reason, lines=named)


def confirmed(order_id: str, customer_id: str, order: Order) -> Fact:
    """The word that sends the parcel."""
    items = tuple(order_item(product_id=line.product_id, quantity=line.quantity) for line in order.lines or ())
    return order_confirmed(order_id=order_id, customer_id=customer_id, items=items)
