"""The insights service: windows over sales, stock, customers and cards, and their final results, each said once.

Orders are keyed by order, sales by product and sessions by customer, so events travel to the task of their key by
topics of the service's own. The deciding is in `streams/rules/insights/`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from streams import topics
from streams.engine import Service, transaction
from streams.engine.app import ServiceApp
from streams.events.intake import OrderPlaced
from streams.events.inventory import InventoryUpdated
from streams.events.orders import OrderConfirmed
from streams.events.payments import PaymentFailed, TransactionAttempted
from streams.rules.insights import closing, paying, selling, stocking
from streams.rules.insights.desk import Policy
from streams.rules.insights.facts import AttemptSeen, CardFailed, CustomerOrdered, FailureSeen, ProductSold, ShopSold
from tables import insights as tables
from tables.clock import TRUST

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Mapping

    from streams.engine import Chunk
    from streams.engine.asking import Rule
    from streams.settings import Settings


def declare(partitions: int = topics.PARTITIONS) -> Service:
    """The service, over topics of so many partitions."""
    sized = {topic: replace(topic, partitions=partitions) for topic in topics.ALL}
    relays = {
        topics.insights_by_product: [topics.orders, topics.order_status],
        topics.insights_by_customer: [topics.orders],
        topics.insights_by_transaction: [topics.transactions, topics.payments],
        topics.insights_by_card: [topics.insights_by_transaction],
        topics.insights_by_board: [topics.orders, topics.order_status],
    }
    sources = [topics.orders, topics.order_status, topics.inventory, topics.transactions, topics.payments]
    return Service(
        "insights",
        reads=[sized[topic] for topic in (*sources, *relays)],
        remembers=tables.ALL,
        emits=[sized[topic] for topic in (*relays, topics.insights, topics.late_events)],
        time=TRUST,
        relays={sized[topic]: [sized[feeder] for feeder in feeders] for topic, feeders in relays.items()},
    )


service = declare()

MEASURE: Final[Mapping[Any, Rule]] = {
    OrderPlaced: selling.place,
    OrderConfirmed: selling.confirm,
    ProductSold: selling.sell,
    CustomerOrdered: selling.visit,
    ShopSold: selling.rank,
    InventoryUpdated: stocking.move,
    TransactionAttempted: paying.attempt,
    PaymentFailed: paying.fail,
    AttemptSeen: paying.join_attempt,
    FailureSeen: paying.join_failure,
    CardFailed: paying.count_failure,
}


def build(_settings: Settings, service: Service = service) -> ServiceApp:
    """A worker's app, not yet started."""
    app, policy = ServiceApp(service), Policy()

    @app.agent(*service.reads, name="insights.measure", ticks=True)
    async def measure_events(chunks: AsyncIterable[Chunk]) -> None:
        """Count every event where its key lives, and say the results of windows that have closed."""
        async for chunk in chunks:
            async with transaction(chunk) as tx:
                desk = tables.desk(tx, policy)
                tx.each(MEASURE, desk)
                tx.fire(closing.on_timer, desk)
                for cause, fact in closing.close(tx.event_time, desk):
                    tx.emit(fact, cause=cause)

    return app
