"""The shipping service: a parcel per order, prepared when it is placed, sent when it is confirmed, or dropped.

The deciding is in `streams/rules/shipping/`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from streams import topics
from streams.engine import Service, transaction
from streams.engine.app import ServiceApp
from streams.events.intake import OrderPlaced
from streams.events.orders import OrderCancelled, OrderConfirmed
from streams.rules.shipping import parcels
from tables import shipping as tables
from tables.clock import TRUST

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Mapping

    from streams.engine import Chunk
    from streams.engine.asking import Rule
    from streams.settings import Settings

service = Service(
    "shipping",
    reads=[topics.orders, topics.order_status],
    remembers=tables.ALL,
    emits=[topics.shipments],
    time=TRUST,
)

HANDLE: Final[Mapping[Any, Rule]] = {
    OrderPlaced: parcels.prepare,
    OrderConfirmed: parcels.send,
    OrderCancelled: parcels.drop,
}


def build(_settings: Settings) -> ServiceApp:
    """A worker's app, not yet started."""
    app = ServiceApp(service)

    @app.agent(topics.orders, topics.order_status, name="shipping.handle", ticks=True)
    async def handle_parcels(chunks: AsyncIterable[Chunk]) -> None:
        """Answer an order with `ShipmentCreated`, its confirmation with `OrderShipped`, its end with a cancellation."""
        async for chunk in chunks:
            async with transaction(chunk) as tx:
                memory = tables.memory(tx)
                tx.each(HANDLE, memory)
                tx.fire(parcels.on_timer, memory)

    return app
