"""Does the state stay bounded? Half a year of orders through inventory in minutes; memory and store size all along.

    python -m benchmarks.soak [--events 20000000] [--seconds-between 10]

Every order is placed, reserved, shipped half a day of event time later, and consumed: four events that the inventory
service reads. Event time runs up to now at ORDERS_PER_DAY, so that what is closed is forgotten after a week of it. One
worker as `millrace worker inventory` runs it. The feed waits when it is ahead, of the orders or of the commands that
come of them: what waits in a topic is no state that could be bounded. The broker throws away what was read long ago.
Exits with 1 when memory or store grew after warm-up.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Any, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from agents.verify.rest import OPEN, lags
from benchmarks.feeding import publish
from benchmarks.processes import Programs, rss_mb
from streams import topics
from streams.broker import EmbeddedKafka
from streams.broker.config import free_port
from streams.engine.topics import Plan, create
from streams.events.base import Event, Money, event_of, quick
from streams.events.intake import OrderItem, OrderPlaced
from streams.events.shipping import OrderShipped
from streams.events.warehouse import StockReceived

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    from streams.topics import Topic

EVENTS_PER_ORDER = 4  # placed, reserve, shipped, consume
ORDERS_PER_DAY = 24_000
PRODUCTS = 1_000
PRICE = Money(100)
BATCH_ORDERS = 4_000
AHEAD_ORDERS = 2 * BATCH_ORDERS
"""The feed waits when this many are not yet read, or as many commands."""
UNDER_WAY_ORDERS = 3 * BATCH_ORDERS
"""Placed after an order and before it is shipped: more than the feed is ahead, so no parcel overtakes its order."""
WARM_UP_DAYS = 14
"""Of event time: twice the retention of what is closed, so tables are full, and RocksDB has compacted them once."""
MAY_GROW = 1.10
PATIENCE_SECONDS = 120.0
"""Without a step for so long, the worker is stuck."""
BROKER = {
    "log.segment.bytes": str(64 << 20),
    "log.retention.bytes": str(256 << 20),  # per partition: what was read long ago
    "log.retention.check.interval.ms": "5000",
    "log.cleaner.backoff.ms": "5000",
}
order_placed, order_shipped, stock_received = quick(OrderPlaced), quick(OrderShipped), quick(StockReceived)
order_item = quick(OrderItem)
POLL_SECONDS = 0.1
TERMINATED = 128 + signal.SIGTERM


class Sample(NamedTuple):
    """Orders `shipped` and consumed so far; resident MB of the worker; MB of its stores; seconds since the start."""

    shipped: int
    rss_mb: float
    store_mb: float
    seconds: float


def business(first: int, total: int, start: datetime) -> Iterator[tuple[Topic, Event[Any]]]:
    """A delivery of every product, then a batch of orders placed, and as many shipped that were placed before."""
    for product in range(PRODUCTS):
        received = stock_received(
            receipt_id=f"R{first}-{product}", product_id=f"A{product}", quantity=BATCH_ORDERS // PRODUCTS
        )
        yield topics.stock_receipts, event_of(received, f"received-{first}-{product}", moment(first, start))
    for n in range(first, first + BATCH_ORDERS):
        if n < total:
            placed = order_placed(order_id=f"O{n}", customer_id="C", items=items(n), total_amount=PRICE)
            yield topics.orders, event_of(placed, f"placed-{n}", moment(n, start))
        done = n - UNDER_WAY_ORDERS
        if 0 <= done < total:
            shipped = order_shipped(
                shipment_id=f"S{done}", order_id=f"O{done}", customer_id="C", items=items(done), tracking_number="T"
            )
            yield topics.shipments, event_of(shipped, f"shipped-{done}", moment(n, start))


def items(order: int) -> tuple[OrderItem, ...]:
    return (order_item(product_id=f"A{order % PRODUCTS}", quantity=1),)


def moment(order: int, start: datetime) -> datetime:
    """When an order is placed."""
    return start + timedelta(days=order / ORDERS_PER_DAY)


async def feed(bootstrap: str, events: Iterable[tuple[Topic, Event[Any]]]) -> None:
    """Publish them, topic by topic as they first come, in order."""
    by_topic: dict[Topic, list[Event[Any]]] = {}
    for topic, event in events:
        by_topic.setdefault(topic, []).append(event)
    for topic, found in by_topic.items():
        await publish(bootstrap, topic, found)


class Soak:
    """One run against a broker that serves, with one worker that runs."""

    def __init__(self, bootstrap: str, state: Path, worker: Programs, orders: int) -> None:
        self._bootstrap, self._state, self._worker, self._orders = bootstrap, state, worker, orders
        self._start = datetime.now(UTC) - timedelta(days=(orders + UNDER_WAY_ORDERS) / ORDERS_PER_DAY)
        self._began = time.monotonic()
        self.samples: list[Sample] = []

    async def run(self, seconds_between: float) -> None:
        """Feed everything, sample now and then."""
        self._admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
        await self._admin.start()
        sampling = asyncio.create_task(self._sample(seconds_between))
        try:
            await self._feed_all()
        finally:
            sampling.cancel()
            await self._admin.close()

    async def _feed_all(self) -> None:
        for first in range(0, self._orders + UNDER_WAY_ORDERS, BATCH_ORDERS):
            await feed(self._bootstrap, business(first, self._orders, self._start))
            known = min(first, self._orders) - AHEAD_ORDERS
            await self._until(lambda known=known: self._missing(topics.orders, known))
            await self._until(self._unanswered)
        await self._until(lambda: self._missing(topics.shipments, self._orders))

    async def _until(self, missing: Callable[[], Awaitable[int]]) -> None:
        """Wait until the worker has done so much that nothing is missing."""
        least, since = None, time.monotonic()
        while (now := await missing()) > 0:
            if least is None or now < least:
                least, since = now, time.monotonic()
            if time.monotonic() - since > PATIENCE_SECONDS:
                raise TimeoutError(f"the worker has {now} records to read, and reads no more")
            self._worker.check()
            await asyncio.sleep(POLL_SECONDS)

    async def _missing(self, topic: Topic, count: int) -> int:
        """How many of so many records of a topic are not yet committed; it has no other offsets."""
        return count - await self._read(topic)

    async def _unanswered(self) -> int:
        """How many commands wait that the worker gave itself, but for as many as may."""
        own = [("inventory", [topics.stock_commands.name])]
        behind = await lags({"bootstrap_servers": self._bootstrap}, own)
        return sum(lag.end - lag.committed for lag in behind if lag.group != OPEN) - AHEAD_ORDERS

    async def _read(self, topic: Topic) -> int:
        try:
            offsets = await self._admin.list_consumer_group_offsets("inventory")
        except KafkaError:  # a new broker makes the coordinator when it is asked for one
            return 0
        return sum(found.offset for place, found in offsets.items() if place.topic == topic.name)

    async def _sample(self, seconds_between: float) -> None:
        while True:
            await asyncio.sleep(seconds_between)
            shipped = await self._read(topics.shipments)
            sample = Sample(shipped, rss_mb(self._worker.pids()), size_mb(self._state), time.monotonic() - self._began)
            self.samples.append(sample)
            print(f"{sample.seconds:6.0f} s  {sample.shipped * EVENTS_PER_ORDER:12,} events  "
                  f"memory {sample.rss_mb:5.0f} MB  store {sample.store_mb:6.0f} MB", flush=True)  # fmt: skip


def size_mb(folder: Path) -> float:
    """Bytes of all files below a folder; they come and go meanwhile."""
    total = 0
    for file in folder.rglob("*"):
        with suppress(FileNotFoundError):
            total += file.stat().st_size
    return total / 1e6


def grown(samples: list[Sample], which: str, typical: Callable[[list[float]], float]) -> float:
    """What is typical of the second half after warm-up, over the same of the first half."""
    warm = [getattr(one, which) for one in samples if one.shipped > WARM_UP_DAYS * ORDERS_PER_DAY]
    half = len(warm) // 2
    if not half:
        raise ValueError("the run was too short to tell: more events, or more samples")
    return typical(warm[half:]) / typical(warm[:half])


async def soak(events: int, seconds_between: float) -> list[Sample]:
    with EmbeddedKafka(properties=BROKER) as kafka, tempfile.TemporaryDirectory() as folder:
        bootstrap, state = kafka.bootstrap, Path(folder) / "state"
        plans = [Plan(topic.name, topic.partitions, topic.config) for topic in topics.ALL]
        await create({"bootstrap_servers": bootstrap}, plans)
        command = [sys.executable, "-m", "agents.cli", "worker", "inventory", f"--port={free_port()}",
                   f"--bootstrap={bootstrap}", f"--data={state}"]  # fmt: skip
        with Programs([command], Path(folder) / "worker.log") as worker:
            run = Soak(bootstrap, state, worker, events // EVENTS_PER_ORDER)
            await run.run(seconds_between)
            return run.samples


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--seconds-between", type=float, default=10.0, help="two samples")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))  # so that worker and broker end, too
    samples = asyncio.run(soak(options.events, options.seconds_between))
    memory = grown(samples, "rss_mb", max)
    store = grown(samples, "store_mb", mean)  # its largest is chance: files lie side by side while they are merged
    print(f"after warm-up memory grew to {memory:.0%}, the store to {store:.0%}")
    return 0 if max(memory, store) <= MAY_GROW else 1


if __name__ == "__main__":
    sys.exit(main())
