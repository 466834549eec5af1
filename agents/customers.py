"""The customers service: it knows every customer, as she described herself last.

The deciding is in `streams/rules/customers/`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams import topics
from streams.engine import Service, transaction
from streams.engine.app import ServiceApp
from streams.events.intake import UserCreated
from streams.rules.customers import registering
from tables import customers as tables

if TYPE_CHECKING:
    from collections.abc import AsyncIterable

    from streams.engine import Chunk
    from streams.settings import Settings

service = Service("customers", reads=[topics.customers], remembers=tables.ALL)


def build(_settings: Settings) -> ServiceApp:
    """A worker's app, not yet started."""
    app = ServiceApp(service)

    @app.agent(topics.customers, name="customers.register")
    async def register_customers(chunks: AsyncIterable[Chunk]) -> None:
        """Remember the latest word on every customer; nothing is answered."""
        async for chunk in chunks:
            async with transaction(chunk) as tx:
                tx.each({UserCreated: registering.register}, tables.memory(tx))

    return app
