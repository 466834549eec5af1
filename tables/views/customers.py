"""`/customers/{customer_id}`: the latest word about a customer."""

from datetime import datetime

from fastapi import APIRouter

from tables.customers import customers
from tables.views.answers import Answer, moment
from tables.views.asking import Looking
from tables.views.documents import refusals

router = APIRouter(tags=["customers"])


class CustomerDetails(Answer):
    """Who a customer is and how to reach them."""

    customer_id: str
    name: str
    phone: str
    locale: str | None
    changed_at: datetime | None


@router.get("/customers/{customer_id:path}", responses=refusals(400, 404, 504))
async def details_of_customer(customer_id: str, look: Looking) -> CustomerDetails:
    """Name, phone and language of a customer."""
    row = await look(customers, customer_id)
    return CustomerDetails(
        customer_id=customer_id, name=row.name, phone=row.phone, locale=row.locale, changed_at=moment(row.at)
    )
