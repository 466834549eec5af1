"""The inventory service: it promises stock to orders, lets it go, and books what comes and leaves.

Orders are keyed by order and stock by product, so an order is first split into commands, one per line, which travel to
the products' partitions. The deciding is in `streams/rules/inventory/`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from streams import topics
from streams.engine import Service, transaction
from streams.engine.app import ServiceApp
from streams.events.intake import OrderPlaced
from streams.events.inventory import ConsumeStock, ReleaseStock, ReserveStock
from streams.events.orders import OrderCancelled
from streams.events.shipping import OrderShipped
from streams.events.warehouse import StockCounted, StockReceived
from streams.rules.inventory import consuming, forgetting, receiving, releasing, reserving, splitting
from streams.rules.inventory.memory import HOLD_MS, Policy
from tables import inventory as tables
from tables.clock import TRUST

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Mapping

    from streams.engine import Chunk
    from streams.engine.asking import Rule
    from streams.settings import Settings

service = Service(
    "inventory",
    reads=[topics.orders, topics.order_status, topics.shipments, topics.stock_commands, topics.stock_receipts],
    remembers=tables.ALL,
    emits=[topics.stock_commands, topics.inventory, topics.reservations],
    time=TRUST,
)

SPLIT: Final[Mapping[Any, Rule]] = {
    OrderPlaced: splitting.split,
    OrderCancelled: splitting.undo,
    OrderShipped: splitting.ship,
}
ANSWER: Final[Mapping[Any, Rule]] = {
    ReserveStock: reserving.reserve,
    ReleaseStock: releasing.release,
    ConsumeStock: consuming.consume,
    StockReceived: receiving.receive,
    StockCounted: receiving.count,
}


def policy(settings: Settings) -> Policy:
    """A reservation outlives every order that may still be confirmed."""
    return Policy(hold=max(HOLD_MS, 2 * settings.shop.order_time_limit_ms))


def build(settings: Settings) -> ServiceApp:
    """A worker's app, not yet started."""
    app, rules = ServiceApp(service), policy(settings)

    @app.agent(topics.orders, topics.order_status, topics.shipments, name="inventory.split")
    async def split_orders(chunks: AsyncIterable[Chunk]) -> None:
        """Turn what happens to an order into a command for each of its lines."""
        async for chunk in chunks:
            async with transaction(chunk) as tx:
                tx.each(SPLIT, tables.memory(tx, rules))

    @app.agent(topics.stock_commands, topics.stock_receipts, name="inventory.answer", ticks=True)
    async def answer_commands(chunks: AsyncIterable[Chunk]) -> None:
        """Answer every command with a promise or a refusal, and every change of a count with the new counts."""
        async for chunk in chunks:
            async with transaction(chunk) as tx:
                memory = tables.memory(tx, rules)
                tx.each(ANSWER, memory)
                tx.fire(forgetting.on_timer, memory)

    return app
