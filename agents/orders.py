"""The orders service: it waits for every line and for the payment, and ends each order exactly once.

The deciding is in `streams/rules/orders/`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from streams import topics
from streams.engine import Service, transaction
from streams.engine.app import ServiceApp
from streams.events.intake import OrderCancelRequested, OrderPlaced
from streams.events.inventory import ReservationExpired, StockRejected, StockReleased, StockReserved
from streams.events.payments import PaymentAuthorised, PaymentFailed
from streams.events.shipping import OrderShipped
from streams.rules.orders import learning, timing
from streams.rules.orders.memory import Policy
from tables import orders as tables
from tables.clock import TRUST

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Mapping

    from streams.engine import Chunk
    from streams.engine.asking import Rule
    from streams.settings import Settings

service = Service(
    "orders",
    reads=[topics.orders, topics.reservations, topics.payments, topics.shipments],
    remembers=tables.ALL,
    emits=[topics.order_status],
    time=TRUST,
)

LEARN: Final[Mapping[Any, Rule]] = {
    OrderPlaced: learning.place,
    OrderCancelRequested: learning.request_cancel,
    StockReserved: learning.hold_line,
    StockRejected: learning.lose_line,
    StockReleased: learning.lose_line,
    ReservationExpired: learning.lose_line,
    PaymentAuthorised: learning.accept_payment,
    PaymentFailed: learning.refuse_payment,
    OrderShipped: learning.complete,
}


def policy(settings: Settings) -> Policy:
    """What the shop has decided for itself."""
    return Policy(time_limit=settings.shop.order_time_limit_ms, payment=settings.shop.payment_required)


def build(settings: Settings) -> ServiceApp:
    """A worker's app, not yet started."""
    app, rules = ServiceApp(service), policy(settings)

    @app.agent(topics.orders, topics.reservations, topics.payments, topics.shipments, name="orders.decide", ticks=True)
    async def decide_orders(chunks: AsyncIterable[Chunk]) -> None:
        """Take note of what happens to an order; confirm it when it is ready, and say once how it ended."""
        async for chunk in chunks:
            async with transaction(chunk) as tx:
                memory = tables.memory(tx, rules)
                tx.each(LEARN, memory)
                tx.fire(timing.on_timer, memory)

    return app
