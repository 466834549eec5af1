"""What a run achieved, by the broker's clock: the records' own timestamps, read back from the topics."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agents.verify.reader import committed_reader, ends, partitions
from streams import topics

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aiokafka import AIOKafkaConsumer, TopicPartition

    Offsets = Mapping[TopicPartition, int]

POLL_MS = 500
FOLLOWED = {"OrderPlaced", "OrderShipped", "OrderCompleted", "OrderCancelled"}
"""Types of which more than the number is wanted."""
FOLLOWED_TOPICS = {topics.orders.name, topics.shipments.name, topics.order_status.name}


@dataclass
class Figures:
    """Events committed between two moments. Times are milliseconds of the broker's wall clock."""

    events: int = 0
    first: int = 0
    last: int = 0
    moments: dict[str, dict[str, int]] = field(default_factory=lambda: {name: {} for name in FOLLOWED})
    """By event type, when each order's first one was committed."""
    reasons: Counter[str] = field(default_factory=Counter)
    """Why orders were cancelled."""

    @property
    def seconds(self) -> float:
        """From the first event to the last."""
        return max(self.last - self.first, 1) / 1000

    @property
    def rate(self) -> float:
        """Events per second, in and out."""
        return self.events / self.seconds

    def latencies(self) -> list[int]:
        """From an order's record to the record that says it was shipped, sorted."""
        placed, shipped = self.moments["OrderPlaced"], self.moments["OrderShipped"]
        return sorted(shipped[order] - placed[order] for order in placed.keys() & shipped.keys())

    def take(self, record: Any) -> None:
        """Count a record of a topic of the shop."""
        self.events += 1
        self.first = min(self.first or record.timestamp, record.timestamp)
        self.last = max(self.last, record.timestamp)
        if record.topic in FOLLOWED_TOPICS:
            with contextlib.suppress(ValueError, TypeError, KeyError):  # junk has no order
                self._follow(json.loads(record.value), record.timestamp)

    def _follow(self, event: dict[str, Any], moment: int) -> None:
        name, data = event["event_type"], event["data"]
        if name in FOLLOWED:
            self.moments[name].setdefault(str(data["order_id"]), moment)
        if name == "OrderCancelled":
            self.reasons[data["reason"]] += 1


def quantile(ordered: list[int], share: float) -> int:
    """The value below which `share` of the sorted values lie (nearest rank); 0 of none."""
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0


async def positions(connection: Mapping[str, Any]) -> Offsets:
    """Where the shop's topics end now."""
    existing = await partitions(connection)
    async with committed_reader(connection) as consumer:
        return await ends(consumer, _shops(existing))


async def measure(connection: Mapping[str, Any], since: Offsets) -> Figures:
    """Read what was committed after `since`."""
    figures, now = Figures(), await positions(connection)
    async with committed_reader(connection) as consumer:
        behind = {place: end for place, end in now.items() if since.get(place, 0) < end}
        consumer.assign([*behind])
        for place in behind:
            consumer.seek(place, since.get(place, 0))
        while behind:
            await _take_some(consumer, behind, figures)
    return figures


async def _take_some(consumer: AIOKafkaConsumer, behind: dict[TopicPartition, int], figures: Figures) -> None:
    for records in (await consumer.getmany(*behind, timeout_ms=POLL_MS)).values():
        for record in records:
            figures.take(record)
    for place, end in [*behind.items()]:
        if await consumer.position(place) >= end:
            del behind[place]


def _shops(existing: Mapping[str, list[TopicPartition]]) -> Iterable[TopicPartition]:
    """Partitions of the topics in which the shop speaks: no changelogs."""
    return (place for topic in topics.ALL for place in existing.get(topic.name, ()))
