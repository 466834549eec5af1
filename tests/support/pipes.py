"""A tiny language for tests of the engine: numbers come in under a key, totals go out; nothing of the shop."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from streams.engine import Service, Table, transaction
from streams.engine.app import ServiceApp


class Number(msgspec.Struct, frozen=True):
    """An input. A negative amount makes the rule raise."""

    key: str
    amount: int = 1


class Total(msgspec.Struct, frozen=True):
    """An output: the sum of a key's amounts so far."""

    key: str
    total: int


class Event(msgspec.Struct, frozen=True):
    """The envelope; `time` is event time in milliseconds."""

    event_id: str
    event_type: str
    data: Any
    time: int = 0


@dataclass(frozen=True, eq=False)
class Pipe:
    """A topic that carries facts as JSON: {"type": …, "data": …, "id"?: …, "time"?: …}."""

    name: str
    partitions: int = 1
    facts: tuple[type, ...] = (Number, Total)
    config: Mapping[str, str] = field(default_factory=dict)

    @property
    def events(self) -> Mapping[type, Callable[[Any], str]]:
        return {fact: lambda data: str(data.key) for fact in self.facts}

    def read(self, partition, records):
        return [self._read(partition, record) for record in records]

    def _read(self, partition, record):
        try:
            raw = msgspec.json.decode(record.value or b"")
            kind = next((fact for fact in self.facts if fact.__name__ == raw["type"]), None)
            if kind is None:
                return None
            identity = raw.get("id", f"{self.name}-{partition}-{record.offset}")
            return Event(identity, raw["type"], msgspec.convert(raw["data"], kind), raw.get("time", 0))
        except Exception as error:  # noqa: BLE001 -- named, not dropped: what `read` promises
            return error

    def derive(self, cause, fact, n):
        kind = type(fact).__name__
        return fact.key.encode(), Event(f"{cause.event_id}/{kind}/{n}", kind, fact, cause.time)

    def write(self, events):
        return [
            msgspec.json.encode({"id": e.event_id, "type": e.event_type, "time": e.time, "data": e.data})
            for e in events
        ]


def number(key, amount=1, **envelope):
    """The bytes of an input."""
    return msgspec.json.encode({"type": "Number", "data": {"key": key, "amount": amount}, **envelope})


HUGE = 1_000_000_007
"""An amount that makes the rule remember more than a record of the changelog can hold."""


def add(event, totals):
    """The rule: one total for each number."""
    if event.data.amount == HUGE:
        totals[event.data.key] = "x" * 1_100_000
        return
    if event.data.amount < 0:
        raise ValueError(f"{event.data.amount} is less than nothing")
    total = totals.get(event.data.key, 0) + event.data.amount
    totals[event.data.key] = total
    yield Total(event.data.key, total)


class Shop:
    """A counting service: `source` -> `totals` (rows) -> `target`."""

    def __init__(self, name="counting", partitions=1, *, prefix="", rule=add, time=None, on_timer=None, extra=()):
        self.source = Pipe(f"{prefix}numbers", partitions, (Number,))
        self.target = Pipe(f"{prefix}sums", partitions, (Total,))
        self.totals = Table("totals", int)
        self.service = Service(name, [self.source, *extra], remembers=[self.totals], emits=[self.target], time=time)
        self.rule, self.on_timer = rule, on_timer

    def app(self):
        """Its app, not started."""
        app = ServiceApp(self.service)

        @app.agent(*self.service.reads, name=f"{self.service.name}.count", ticks=self.on_timer is not None)
        async def count(chunks):
            async for chunk in chunks:
                async with transaction(chunk) as tx:
                    state = [tx[self.totals]] if self.service.time is None else [tx[self.totals], tx.timers]
                    tx.each(self.rule, *state)
                    if self.on_timer is not None:
                        tx.fire(self.on_timer, *state)

        return app
