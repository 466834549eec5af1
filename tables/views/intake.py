"""`POST /orders` and `POST /customers`: what is asked for becomes an event on Kafka, and nothing else happens here.

The answer is 202 with the event's position; `GET /orders/{order_id}?wait_for=<position>` then shows what became of it.
Ids that are not given derive from the idempotency key, so a request that is sent again is the same event again.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid4, uuid5

from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import ConfigDict
from pydantic.config import JsonDict

from streams import topics
from streams.events.base import Fact, Id, event_of
from streams.events.intake import OrderPlaced, UserCreated
from tables.views.answers import Answer
from tables.views.documents import refusals
from tables.views.repeats import Repeats
from tables.views.sending import Sender

orders_router = APIRouter(tags=["intake"])
customers_router = APIRouter(tags=["intake"])

NAMES = uuid5(NAMESPACE_URL, "millrace:intake")

ORDER: JsonDict = {"customer_id": "67890", "items": [{"product_id": "A101", "quantity": 2}], "total_amount": 100.5}
CUSTOMER: JsonDict = {"name": "Ada", "phone": "+4915112345678", "locale": "de"}


class NewOrder(OrderPlaced):
    """An order; without `order_id` it gets one."""

    order_id: Id | None = None  # type: ignore[assignment]  # until the intake has given one
    model_config = ConfigDict(json_schema_extra={"examples": [ORDER]})


class NewCustomer(UserCreated):
    """A customer, or the latest word about one; without `customer_id` it is a new one."""

    customer_id: Id | None = None  # type: ignore[assignment]  # until the intake has given one
    model_config = ConfigDict(json_schema_extra={"examples": [CUSTOMER]})


class Accepted(Answer):
    """The event is on Kafka; `position` is for `?wait_for=`."""

    event_id: str
    position: str


class AcceptedOrder(Accepted):
    """An order that the shop will decide about."""

    order_id: str


class AcceptedCustomer(Accepted):
    """A customer that the shop will know."""

    customer_id: str


Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="Of your choice, one per event: a request that is sent again with it is the same event.",
    ),
]


class Intake:
    """Makes events of bodies, and sends them."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._repeats: Repeats[dict[str, str]] = Repeats()

    async def take(
        self, topic: topics.Topic, field: str, body: Fact, kind: type[Fact], key: str | None
    ) -> dict[str, str]:
        """Send a fact; returns its id, its event's id and its position.

        Args:
            topic: where it goes.
            field: that holds its id, which is also the record's key.
            body: the fact, perhaps without its id.
            kind: what it is once it has its id.
            key: the idempotency key; None: this request is like no other.
        """
        content = body.model_dump()
        name = f"{kind.__name__}/{key or uuid4()}"
        content[field] = content[field] or str(uuid5(NAMES, f"{name}/{field}"))
        fact = kind.model_validate(content)
        event_id = str(uuid5(NAMES, name))
        if key is None:
            return await self._send(topic, field, fact, event_id)
        return await self._repeats.answer(name, fact, lambda: self._send(topic, field, fact, event_id))

    async def _send(self, topic: topics.Topic, field: str, fact: Fact, event_id: str) -> dict[str, str]:
        identity: str = getattr(fact, field)
        (value,) = topic.write([event_of(fact, event_id, datetime.now(UTC))])
        position = await self._sender.send(topic.name, identity.encode(), value)
        return {field: identity, "event_id": event_id, "position": str(position)}


async def intake_of(request: Request) -> Intake:
    """The intake that the app was made with."""
    intake: Intake = request.app.state.intake
    return intake


Taking = Annotated[Intake, Depends(intake_of)]
REFUSALS: Mapping[int | str, Any] = refusals(400, 413, 422)


@orders_router.post("/orders", status_code=202, responses=dict(REFUSALS))
async def place_order(order: NewOrder, intake: Taking, response: Response, key: Key = None) -> AcceptedOrder:
    """Place an order. Whether it can be had is decided later: look at it, or listen to `order-status`."""
    taken = AcceptedOrder.model_validate(await intake.take(topics.orders, "order_id", order, OrderPlaced, key))
    response.headers["location"] = f"/orders/{quote(taken.order_id)}?wait_for={taken.position}"
    return taken


@customers_router.post("/customers", status_code=202, responses=dict(REFUSALS))
async def create_customer(
    customer: NewCustomer, intake: Taking, response: Response, key: Key = None
) -> AcceptedCustomer:
    """Create a customer, or change one: the latest word on a customer holds."""
    taken = AcceptedCustomer.model_validate(
        await intake.take(topics.customers, "customer_id", customer, UserCreated, key)
    )
    response.headers["location"] = f"/customers/{quote(taken.customer_id)}?wait_for={taken.position}"
    return taken
