"""The whole service. Parcels are keyed by order and balances by customer, so points travel by a topic of their own."""

from collections.abc import AsyncIterable, Iterator

from streams import topics
from streams.engine import Chunk, Service, Table, transaction
from streams.engine.app import ServiceApp
from streams.events.base import Event, Fact, Id, Quantity, quick
from streams.events.shipping import OrderShipped
from streams.rules import Rows


class PointsEarned(Fact):
    """A customer was sent so many pieces."""

    customer_id: Id
    order_id: Id
    points: Quantity


points_earned = quick(PointsEarned)
points = topics.Topic("loyalty.points", "customer_id", (PointsEarned,))
balances: Table[int] = Table("balances", int)  # points by customer id
loyalty = Service("loyalty", reads=[topics.shipments, points], remembers=[balances], emits=[points])


def reward(event: Event[OrderShipped], _balances: Rows[int]) -> Iterator[Fact]:
    """A point for each piece. Shipping says `OrderShipped` once for an order, so nobody is rewarded twice."""
    shipped = event.data
    pieces = sum(item.quantity for item in shipped.items)
    yield points_earned(customer_id=shipped.customer_id, order_id=shipped.order_id, points=pieces)


def credit(event: Event[PointsEarned], balances: Rows[int]) -> None:
    """Add it up, where the customer's balance lives."""
    customer = event.data.customer_id
    balances[customer] = balances.get(customer, 0) + event.data.points


app = ServiceApp(loyalty)


@app.agent(*loyalty.reads, name="loyalty.count")
async def count_points(chunks: AsyncIterable[Chunk]) -> None:
    """Ask the rules."""
    async for chunk in chunks:
        async with transaction(chunk) as tx:
            tx.each({OrderShipped: reward, PointsEarned: credit}, tx[balances])
