"""When what happened to each order, by the broker's clock: the records' own timestamps (LogAppendTime).

Read with a plain consumer of committed records; no code of the engine has a say.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import aiokafka
import msgspec
from aiokafka.structs import TopicPartition

from benchmarks.rates import TO
from streams import topics

if TYPE_CHECKING:
    from collections.abc import Iterable

FED: Final = (topics.orders, topics.transactions)
SAID: Final = (topics.stock_commands, topics.reservations, topics.payments, topics.order_status, topics.shipments)
"""What the services say about orders."""
SETTLED: Final = {"OrderCompleted", "OrderCancelled"}
POLL_MS: Final = 500


class _Data(msgspec.Struct):
    order_id: str | int | None = None
    transaction_id: str | int | None = None


class _Event(msgspec.Struct):
    event_type: str
    data: _Data


_decode = msgspec.json.Decoder(_Event).decode


@dataclass
class Times:
    """Milliseconds since the epoch, of the first record of each kind, by order."""

    asked: dict[str, int] = field(default_factory=dict)
    """The later of the order's record and those of the attempts to pay for it."""
    shipped: dict[str, int] = field(default_factory=dict)
    settled: dict[str, int] = field(default_factory=dict)
    begun: int | None = None
    """The first word of any service."""
    _told: set[tuple[str, str]] = field(default_factory=set)
    """Orders and attempts: what comes a second time is the retry of a producer, and nobody waits for it."""

    def take(self, topic: str, timestamp: int, value: bytes | None) -> None:
        """One record of a topic of the shop."""
        fed = topic in {one.name for one in FED}
        if not fed:
            self.begun = min(self.begun or timestamp, timestamp)
        with suppress(msgspec.MsgspecError, UnicodeDecodeError):  # junk is about no order
            event = _decode(value or b"")
            order = str(event.data.order_id)
            if fed and event.event_type in {"OrderPlaced", "TransactionAttempted"}:
                what = event.event_type, str(event.data.transaction_id or order)
                if what not in self._told:
                    self._told.add(what)
                    self.asked[order] = max(self.asked.get(order, 0), timestamp)
            elif event.event_type == "OrderShipped":
                self.shipped.setdefault(order, timestamp)
            elif event.event_type in SETTLED:
                self.settled.setdefault(order, timestamp)

    def waits(self) -> list[int]:
        """Milliseconds from the last that the shop was told of an order to the record that says it was shipped."""
        return sorted(shipped - self.asked[order] for order, shipped in self.shipped.items() if order in self.asked)

    def settled_per_second(self) -> float:
        """From the first word of any service until most orders (a share of TO) were settled."""
        moments = sorted(self.settled.values())
        if not moments or self.begun is None:
            return 0.0
        most = max(int(TO * len(moments)), 1)
        return most / max(moments[most - 1] - self.begun, 1) * 1e3


async def read(bootstrap: str) -> Times:
    """All that is committed now."""
    times = Times()
    places = [TopicPartition(topic.name, n) for topic in (*FED, *SAID) for n in range(topic.partitions)]
    consumer = aiokafka.AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    async with consumer:
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=POLL_MS)).values():
                _take(times, records)
    return times


def _take(times: Times, records: Iterable[Any]) -> None:
    for record in records:
        times.take(record.topic, record.timestamp, record.value)
