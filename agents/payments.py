"""The payments service: an attempt and its verdict become one outcome.

The deciding is in `streams/rules/payments/`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from streams import topics
from streams.engine import Service, transaction
from streams.engine.app import ServiceApp
from streams.events.fraud import FraudCleared, FraudDetected
from streams.events.payments import TransactionAttempted
from streams.rules.payments import paying
from tables import payments as tables
from tables.clock import TRUST

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Mapping

    from streams.engine import Chunk
    from streams.engine.asking import Rule
    from streams.settings import Settings

service = Service(
    "payments",
    reads=[topics.transactions, topics.fraud],
    remembers=tables.ALL,
    emits=[topics.payments],
    time=TRUST,
)

SETTLE: Final[Mapping[Any, Rule]] = {
    TransactionAttempted: paying.attempt,
    FraudCleared: paying.clear,
    FraudDetected: paying.block,
}


def build(_settings: Settings) -> ServiceApp:
    """A worker's app, not yet started."""
    app = ServiceApp(service)

    @app.agent(topics.transactions, topics.fraud, name="payments.settle", ticks=True)
    async def settle_payments(chunks: AsyncIterable[Chunk]) -> None:
        """Answer every attempt to pay for an order with `PaymentAuthorised` or `PaymentFailed`."""
        async for chunk in chunks:
            async with transaction(chunk) as tx:
                memory = tables.memory(tx)
                tx.each(SETTLE, memory)
                tx.fire(paying.on_timer, memory)

    return app
