"""`/orders/{order_id}`: what has become of an order so far."""

from datetime import datetime

from fastapi import APIRouter

from streams.events.orders import CancelReason
from streams.rules.orders.rows import Order, Payment, Status
from tables.orders import orders
from tables.views.answers import Answer, moment
from tables.views.asking import Looking
from tables.views.documents import refusals

router = APIRouter(tags=["orders"])


class OrderLine(Answer):
    """One line of an order, and whether stock is held for it; None: not answered yet."""

    line: int
    product_id: str
    quantity: int
    reserved: bool | None


class OrderState(Answer):
    """An order; `lines` is None while only others have spoken of it."""

    order_id: str
    status: Status
    customer_id: str | None
    lines: list[OrderLine] | None
    payment: Payment | None
    cancel_requested: bool
    reason: CancelReason | None
    changed_at: datetime | None


def lines_of(row: Order) -> list[OrderLine]:
    """The lines, each with what is known of its stock."""
    held = {**dict.fromkeys(row.reserved, True), **dict.fromkeys(row.lost, False)}
    return [
        OrderLine(line=item.line, product_id=item.product_id, quantity=item.quantity, reserved=held.get(item.line))
        for item in row.lines or ()
    ]


@router.get("/orders/{order_id:path}", responses=refusals(400, 404, 504))
async def state_of_order(order_id: str, look: Looking) -> OrderState:
    """Where an order stands: its lines, its payment, and how it ended."""
    row = await look(orders, order_id)
    return OrderState(
        order_id=order_id,
        status=row.status,
        customer_id=row.customer_id,
        lines=None if row.lines is None else lines_of(row),
        payment=row.payment,
        cancel_requested=row.cancel_requested,
        reason=row.reason,
        changed_at=moment(row.at),
    )
