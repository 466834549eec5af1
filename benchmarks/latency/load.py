"""Orders at a fixed rate, and the moment at which each order's count can be read: from outside, by one clock.

An order's output is known by its count: the c-th of a product belongs to the product's c-th order. So no engine has to
hand a timestamp through. The load is open: it does not wait for the engine, and a late tick sends all that is due.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import aiokafka
import numpy as np
from aiokafka.structs import TopicPartition

from benchmarks.feeding import BATCH_BYTES
from benchmarks.keyed_count.workload import PARTITIONS, Workload, decode, partition_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

TICK_SECONDS = 0.005
"""Between two hand-overs to the producer; an order's time is that of its hand-over."""
POLL_MS = 100
DRAIN_SECONDS = 30.0
"""For the outputs of the last orders; what comes later is counted as missing."""


@dataclass
class Load:
    """Use it in an `async with`. Orders are numbered on from one rate to the next.

    Args:
        bootstrap: of the broker.
        source: orders go there.
        output: counts come from there.
        workload: what orders look like; its events are the most there can be.
    """

    bootstrap: str
    source: str
    output: str
    workload: Workload
    sent: list[float] = field(default_factory=list, init=False)
    arrived: NDArray[np.float64] = field(init=False)
    received: int = field(default=0, init=False)

    async def __aenter__(self) -> Self:
        self.arrived = np.zeros(self.workload.events)
        self._keys = [self.workload.product(place).encode() for place in range(self.workload.keys)]
        self._partitions = [partition_of(key) for key in self._keys]
        self._producer = aiokafka.AIOKafkaProducer(
            bootstrap_servers=self.bootstrap, acks="all", max_batch_size=BATCH_BYTES
        )
        self._consumer = aiokafka.AIOKafkaConsumer(bootstrap_servers=self.bootstrap, isolation_level="read_committed")
        await self._producer.start()
        await self._consumer.start()
        self._consumer.assign([TopicPartition(self.output, number) for number in range(PARTITIONS)])
        await self._consumer.seek_to_beginning()
        self._receiving = asyncio.create_task(self._receive())
        return self

    async def __aexit__(self, *_reason: object) -> None:
        self._receiving.cancel()
        await asyncio.gather(self._receiving, return_exceptions=True)
        await self._producer.stop()
        await self._consumer.stop()

    async def run(self, rate: float, seconds: float) -> range:
        """Send at this rate, orders per second, for so long; returns the orders' numbers."""
        first, began = len(self.sent), time.monotonic()
        last = first + int(rate * seconds)
        while len(self.sent) < last:
            await asyncio.sleep(TICK_SECONDS)
            due = min(first + int((time.monotonic() - began) * rate), last)
            await self._send(range(len(self.sent), due))
        return range(first, last)

    async def drained(self) -> bool:
        """Wait until the count of every order so far has come; False if some does not."""
        until = time.monotonic() + DRAIN_SECONDS
        while self.received < len(self.sent) and time.monotonic() < until:
            if self._receiving.done():
                self._receiving.result()
            await asyncio.sleep(TICK_SECONDS)
        return self.received >= len(self.sent)

    def latencies(self, orders: range) -> NDArray[np.float64]:
        """Seconds from hand-over to a reader of committed records, of those whose count has come."""
        arrived = self.arrived[orders.start : orders.stop]
        waits: NDArray[np.float64] = arrived - np.array(self.sent[orders.start : orders.stop])
        return waits[arrived > 0]

    async def _send(self, orders: range) -> None:
        """In one batch for each partition."""
        batches: dict[int, Any] = {}
        self.sent += [time.monotonic()] * len(orders)
        for number in orders:
            place = number % self.workload.keys
            partition, key, value = self._partitions[place], self._keys[place], self.workload.value(number)
            batch = batches.get(partition)
            if batch is None or batch.append(timestamp=None, key=key, value=value) is None:
                if batch is not None:  # full: the tick came very late
                    await self._producer.send_batch(batch, self.source, partition=partition)
                batches[partition] = batch = self._producer.create_batch()
                batch.append(timestamp=None, key=key, value=value)
        for partition, batch in batches.items():
            await self._producer.send_batch(batch, self.source, partition=partition)

    async def _receive(self) -> None:
        while True:
            for records in (await self._consumer.getmany(timeout_ms=POLL_MS)).values():
                self._take(records, time.monotonic())

    def _take(self, records: Sequence[Any], now: float) -> None:
        keys, arrived = self.workload.keys, self.arrived
        for record in records:
            counted = decode(record.value)
            number = (counted.count - 1) * keys + int(counted.product_id[1:])
            if not arrived[number]:
                arrived[number] = now
                self.received += 1
