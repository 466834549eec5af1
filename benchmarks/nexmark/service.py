"""A query as a worker's app. An answer's cause is the end of its window, so it is the same for any chunk size."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from benchmarks.nexmark.queries import Collector, Query, declare
from streams.engine import transaction
from streams.engine.app import ServiceApp
from streams.events.base import EPOCH, Event

if TYPE_CHECKING:
    from collections.abc import AsyncIterable

    from benchmarks.nexmark.language import Answer
    from streams.engine import Chunk, Transaction
    from streams.engine.service import Table


def build(query: Query) -> ServiceApp:
    """An app, not yet started."""
    table = query.table
    service = declare(query, table)
    app = ServiceApp(service)

    @app.agent(*service.reads, name=f"{service.name}.ask", ticks=True)
    async def ask(chunks: AsyncIterable[Chunk]) -> None:
        async for chunk in chunks:
            async with transaction(chunk) as tx:
                _ask(query, table, tx)

    return app


def _ask(query: Query, table: Table[Any], tx: Transaction) -> None:
    rows, collector = tx[table], Collector(query)
    tx.each(collector.rules, rows, tx.watermark)
    tx.fire(_wake)
    collector.take(query.windowed.advance(tx.event_time, rows))
    for group in collector.groups():
        for said in query.conclude(group):
            tx.emit(said, cause=_end(said))
    due = query.windowed.due(rows)
    if due is not None:
        tx.timers.set("close", due + -due % 1_000)


def _wake(_event: Any) -> None:
    """The timer has woken the agent; what is to be done is done anyway."""


def _end(said: Answer) -> Event[None]:
    """The end of a window, as a cause."""
    moment = EPOCH + timedelta(milliseconds=said.end)
    return Event(event_id=f"nexmark-timer/{said.key}/{said.end}", event_type="Timer", timestamp=moment, data=None)
