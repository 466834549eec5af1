"""`/shipments/{order_id}`: the parcel of an order."""

from datetime import datetime

from fastapi import APIRouter

from streams.rules.shipping.rows import Status
from tables.shipping import shipments
from tables.views.answers import Answer, moment
from tables.views.asking import Looking
from tables.views.documents import refusals

router = APIRouter(tags=["shipments"])


class Parcel(Answer):
    """A shipment; the tracking number is there once it has shipped."""

    order_id: str
    shipment_id: str
    status: Status
    customer_id: str | None
    tracking_number: str | None
    changed_at: datetime | None


@router.get("/shipments/{order_id:path}", responses=refusals(400, 404, 504))
async def shipment_of_order(order_id: str, look: Looking) -> Parcel:
    """Whether an order waits, has shipped, or will not ship."""
    row = await look(shipments, order_id)
    return Parcel(
        order_id=order_id,
        shipment_id=row.shipment_id,
        status=row.status,
        customer_id=row.customer_id,
        tracking_number=row.tracking_number,
        changed_at=moment(row.at),
    )
