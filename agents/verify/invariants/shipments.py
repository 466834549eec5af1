"""One shipment per order, and one message per shipment, whatever was retried on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agents.verify.history import History
    from agents.verify.report import Check


def one_shipment_per_order(history: History, check: Check) -> None:
    """ShipmentCreated once for each order that is not cancelled, never twice for any."""
    for order_id, order in history.orders.items():
        check.checked += 1
        if order.created > 1:
            check.wrong(order_id, f"{order.created} shipments created")
        elif not order.created and (order.shipped or (order.accepted and not order.cancelled)):
            check.missing(order_id, "no shipment created")


def a_cancelled_orders_shipment_is_cancelled(history: History, check: Check) -> None:
    """The shipment of a cancelled order ends in one ShipmentCancelled."""
    for order_id, order in history.orders.items():
        if order.shipment_cancelled or (order.cancelled and order.created):
            check.checked += 1
            if order.shipment_cancelled > 1:
                check.wrong(order_id, f"shipment cancelled {order.shipment_cancelled} times")
            elif not order.shipment_cancelled:
                check.missing(order_id, "order cancelled, shipment still waits")


def one_message_per_shipped_order(history: History, check: Check) -> None:
    """One SmsSent or SmsFailed for each OrderShipped."""
    for order_id, order in history.orders.items():
        if order.shipped or order.told:
            check.checked += 1
            if order.told > 1:
                check.wrong(order_id, f"{order.told} messages for {order.shipped} shipments")
            elif order.told != order.shipped:
                check.missing(order_id, f"{order.told} messages for {order.shipped} shipments")
