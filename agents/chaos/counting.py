"""A service so small that its truth is arithmetic: it adds up numbers by key, and answers each input with one output.

An input whose id was seen before is answered too, and adds nothing. Input and output have the same keys and partitions,
so partition p of the output must answer partition p of the input, record for record, in order. `judge.py` holds it to
that; `worker.py` runs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from streams.engine import Service, Table, transaction
from streams.engine.app import ServiceApp

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable, Iterator, Mapping, MutableMapping, Sequence

    from streams.engine import Chunk
    from streams.engine.service import Record


class Number(msgspec.Struct, frozen=True):
    """An input: the value holds `id` and `amount`, the record's key is the key."""

    id: str
    amount: int
    key: str = ""


class Total(msgspec.Struct, frozen=True):
    """A row: how many numbers a key has had, and their sum."""

    count: int = 0
    amount: int = 0


class Counted(msgspec.Struct, frozen=True):
    """An output: which input it answers (topic/partition/offset), and the totals after it."""

    key: str
    id: str
    count: int
    amount: int
    repeated: bool
    source: str = ""


class Event(msgspec.Struct, frozen=True):
    """What the engine carries around a fact."""

    event_id: str
    event_type: str
    data: Any


class Pipe(msgspec.Struct, frozen=True, eq=False):
    """A topic of the service, in the shape that the engine asks for."""

    name: str
    partitions: int
    events: Mapping[type, Callable[[Any], str]]
    config: Mapping[str, str] = {}

    def read(self, partition: int, records: Sequence[Record]) -> list[Event | Exception]:
        return [self._read(partition, record) for record in records]

    def _read(self, partition: int, record: Record) -> Event | Exception:
        try:
            number = msgspec.json.decode(record.value or b"", type=Number)
        except msgspec.DecodeError as error:
            return error
        number = msgspec.structs.replace(number, key=(record.key or b"").decode())
        return Event(f"{self.name}/{partition}/{record.offset}", "Number", number)

    def derive(self, cause: Event, fact: Counted, n: int) -> tuple[bytes, Event]:
        told = msgspec.structs.replace(fact, source=cause.event_id)
        return fact.key.encode(), Event(f"{cause.event_id}/Counted/{n}", "Counted", told)

    def write(self, events: Sequence[Event]) -> list[bytes]:
        return [msgspec.json.encode(event.data) for event in events]


totals: Table[Total] = Table("totals", Total, default=Total)
seen: Table[bool] = Table("seen", bool)


def inputs(name: str) -> str:
    """The topic that a counting service of this name reads."""
    return f"{name}-numbers"


def outputs(name: str) -> str:
    """The topic that it writes."""
    return f"{name}-counted"


def changelog(name: str) -> str:
    """The topic that its rows are in."""
    return f"{name}-changelog"


def add(event: Event, totals: MutableMapping[str, Total], seen: MutableMapping[str, bool]) -> Iterator[Counted]:
    """Count a number once."""
    number, total = event.data, totals[event.data.key]
    repeated = number.id in seen
    if not repeated:
        seen[number.id] = True
        total = totals[number.key] = Total(total.count + 1, total.amount + number.amount)
    yield Counted(number.key, number.id, total.count, total.amount, repeated)


def build(name: str, partitions: int) -> ServiceApp:
    """A worker's app of the counting service called `name`, not yet started."""
    numbers = Pipe(inputs(name), partitions, {Number: lambda number: str(number.key)})
    counted = Pipe(outputs(name), partitions, {Counted: lambda fact: str(fact.key)})
    app = ServiceApp(Service(name, reads=[numbers], remembers=[totals, seen], emits=[counted]))

    @app.agent(numbers, name=f"{name}.count")
    async def count(chunks: AsyncIterable[Chunk]) -> None:
        async for chunk in chunks:
            async with transaction(chunk) as tx:
                tx.each(add, tx[totals], tx[seen])

    return app
