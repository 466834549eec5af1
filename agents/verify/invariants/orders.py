"""Every order ends exactly once, whole or not at all."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agents.verify.history import History
    from agents.verify.report import Check


def every_order_ends_once(history: History, check: Check) -> None:
    """Every order that was placed ends in exactly one of OrderCompleted and OrderCancelled."""
    for order_id, order in history.orders.items():
        check.checked += 1
        if order.ended > 1:
            check.wrong(order_id, f"{order.completed} times completed, {order.cancelled} times cancelled")
        elif order.accepted and not order.ended:
            check.missing(order_id, "neither completed nor cancelled")
        elif order.ended and not (order.placed or order.cancel_requested or order.authorised or order.payment_failed):
            check.missing(order_id, "ended, but never placed, cancelled or paid")


def a_cancelled_order_ships_nothing(history: History, check: Check) -> None:
    """A cancelled order has no OrderShipped, and nothing is taken off the shelf for it."""
    for order_id, order in history.orders.items():
        if order.cancelled:
            check.checked += 1
            if order.shipped or +history.stock.consumed.get(order_id, Counter()):
                check.wrong(order_id, "cancelled and shipped")


def a_cancelled_order_holds_no_stock(history: History, check: Check) -> None:
    """Every promise to a cancelled order is released or expired."""
    for order_id, order in history.orders.items():
        if order.cancelled:
            check.checked += 1
            held = order.open_lines()
            if held:
                check.missing(order_id, f"still holds {[(line.product_id, line.quantity) for line in held]}")


def a_completed_order_shipped_once(history: History, check: Check) -> None:
    """A completed order was confirmed once and shipped once; no order ships twice."""
    for order_id, order in history.orders.items():
        check.checked += 1
        if order.shipped > 1 or order.confirmed > 1:
            check.wrong(order_id, f"confirmed {order.confirmed} times, shipped {order.shipped} times")
        elif order.completed and not (order.confirmed and order.shipped):
            check.missing(order_id, f"completed, but confirmed {order.confirmed} and shipped {order.shipped} times")
        elif order.shipped and not order.confirmed:
            check.missing(order_id, "shipped, but never confirmed")


def orders_are_all_or_nothing(history: History, check: Check) -> None:
    """What is shipped and what is taken off the shelf for an order are all its lines."""
    for order_id, order in history.orders.items():
        if not order.shipped or order.items is None:
            continue
        check.checked += 1
        consumed = history.stock.consumed.get(order_id, Counter())
        if order.shipped_items != order.items:
            check.wrong(order_id, f"placed {dict(order.items)}, shipped {dict(order.shipped_items or {})}")
        elif consumed - order.items:
            check.wrong(order_id, f"placed {dict(order.items)}, took {dict(consumed)}")
        elif consumed != order.items:
            check.missing(order_id, f"placed {dict(order.items)}, took {dict(consumed)}")


def a_refused_order_is_not_completed(history: History, check: Check) -> None:
    """An order with a refused line, or with failed payments only, does not ship."""
    for order_id, order in history.orders.items():
        refused = any(line.rejected for line in order.lines.values())
        unpaid = order.payment_failed and not order.authorised
        if refused or unpaid:
            check.checked += 1
            if order.completed or order.shipped:
                check.wrong(order_id, "shipped, though " + ("a line was refused" if refused else "its payment failed"))
