"""Millrace's program for the keyed count: the public API, a topic of its own, one rule, one table, one agent.

    python -m benchmarks.keyed_count.service bootstrap application source output state

Exactly once, with the shipped settings. The bytes of the benchmark are not the shop's envelope, so the topics here read
and write them; everything else is as in any service.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from streams.engine import Chunk, Service, Table, transaction
from streams.engine.app import ServiceApp
from streams.engine.config import EngineConfig
from streams.engine.worker import run

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable, Iterator, Mapping, Sequence

    from streams.engine.rows import Rows
    from streams.engine.service import Record

PARTITIONS = 4


class Item(msgspec.Struct, gc=False):
    product_id: str
    quantity: int


class Order(msgspec.Struct, gc=False):
    order_id: int
    items: list[Item]


class OrderPlaced(msgspec.Struct, gc=False):
    """What the engine calls an event; the keyed count needs nothing but its data."""

    event_type: str
    n: int
    ts: int
    data: Order


class Counted(msgspec.Struct, gc=False):
    product_id: str
    count: int


decode = msgspec.json.Decoder(OrderPlaced).decode
encode_lines = msgspec.json.Encoder().encode_lines


@dataclass(frozen=True, eq=False)
class Pipe:
    """A topic as the engine wants it (`streams.engine.service.Topic`)."""

    name: str
    events: Mapping[Any, Callable[[Any], str]]
    partitions: int = PARTITIONS
    config: Mapping[str, str] = field(default_factory=dict)

    def read(self, _partition: int, records: Sequence[Record]) -> list[Any]:
        try:
            return [decode(record.value or b"") for record in records]
        except msgspec.MsgspecError:
            return [_decoded(record) for record in records]

    def derive(self, _cause: OrderPlaced, fact: Counted, _n: int) -> tuple[bytes, Counted]:
        return fact.product_id.encode(), fact

    def write(self, events: Sequence[Counted]) -> list[bytes]:
        return encode_lines(events).splitlines()


def _decoded(record: Record) -> OrderPlaced | Exception:
    try:
        return decode(record.value or b"")
    except msgspec.MsgspecError as error:
        return error


def count(order: OrderPlaced, counts: Rows[int]) -> Iterator[Counted]:
    """The rule."""
    product = order.data.items[0].product_id
    counts[product] = counted = counts[product] + 1
    yield Counted(product, counted)


def build(name: str, source: str, output: str) -> ServiceApp:
    orders, counted = Pipe(source, {}), Pipe(output, {Counted: attrgetter("product_id")})
    counts = Table[int]("counts", int, default=int)
    app = ServiceApp(Service(name, reads=[orders], remembers=[counts], emits=[counted]))

    @app.agent(orders, name=f"{name}.count")
    async def count_orders(chunks: AsyncIterable[Chunk]) -> None:
        async for chunk in chunks:
            async with transaction(chunk) as tx:
                tx.each(count, tx[counts])

    return app


def main(bootstrap: str, name: str, source: str, output: str, folder: str) -> None:
    logging.basicConfig(level=logging.WARNING)
    config = EngineConfig(connection={"bootstrap_servers": bootstrap}, state=Path(folder))
    sys.exit(asyncio.run(run(build(name, source, output), config)))


if __name__ == "__main__":
    main(*sys.argv[1:])
