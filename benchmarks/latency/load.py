"""Orders at a fixed rate, and the moment at which each order's count can be read: from outside, by one clock.

An order's output is known by its count: the c-th of a product belongs to the product's c-th order. So no engine has to
hand a timestamp through. The load is open: it does not wait for the engine, a late tick sends all that is due, and an
order's time is when it was due: if the broker makes the producer wait, that is part of what the order waits for.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import aiokafka
import numpy as np
from aiokafka.structs import TopicPartition

from benchmarks.feeding import BATCH_BYTES, send
from benchmarks.keyed_count.workload import PARTITIONS, Workload, decode, partition_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

TICK_SECONDS = 0.002
"""Between two hand-overs to the producer."""
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
    due: list[float] = field(default_factory=list, init=False)
    arrived: NDArray[np.float64] = field(init=False)
    received: int = field(default=0, init=False)

    async def __aenter__(self) -> Self:
        self.arrived = np.zeros(self.workload.events)
        self._keys = [self.workload.product(place).encode() for place in range(self.workload.keys)]
        self._partitions = [partition_of(key) for key in self._keys]
        self._answers: list[asyncio.Future[Any]] = []
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
        first, began = len(self.due), time.monotonic()
        last = first + int(rate * seconds)
        while len(self.due) < last:
            await asyncio.sleep(TICK_SECONDS)
            now_due = range(len(self.due), min(first + int((time.monotonic() - began) * rate), last))
            self.due += [began + (number - first) / rate for number in now_due]
            self._answers += await send(self._producer, self.source, map(self._record, now_due))
        return range(first, last)

    async def drained(self) -> bool:
        """Wait until the count of every order so far has come; False if some does not. Raises KafkaError: not sent."""
        await asyncio.gather(*self._answers)
        self._answers.clear()
        until = time.monotonic() + DRAIN_SECONDS
        while self.received < len(self.due) and time.monotonic() < until:
            if self._receiving.done():
                self._receiving.result()
            await asyncio.sleep(TICK_SECONDS)
        return self.received >= len(self.due)

    def latencies(self, orders: range) -> NDArray[np.float64]:
        """Seconds from when an order was due to a reader of committed records, of those whose count has come."""
        arrived = self.arrived[orders.start : orders.stop]
        waits: NDArray[np.float64] = arrived - np.array(self.due[orders.start : orders.stop])
        return waits[arrived > 0]

    def _record(self, number: int) -> tuple[int, bytes, bytes]:
        place = number % self.workload.keys
        return self._partitions[place], self._keys[place], self.workload.value(number)

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
