"""Watches a running engine from outside: how far its output topic has grown, what CPU and memory its processes used.

Samples are taken all along; `outputs.py` reads the topic afterwards and tells which offsets were records, since
transaction markers and aborted records take offsets too; `rates.py` makes the figures of both.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import aiokafka
from aiokafka.structs import TopicPartition

from agents.cli.errors import UserError
from benchmarks.processes import cpu_seconds, rss_mb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

POLL_SECONDS = 0.1
STALL_SECONDS = 90.0
"""Without a new record for so long, an engine has stopped, or never began."""


class StalledError(UserError):
    """The output does not grow."""


@dataclass(frozen=True)
class Sample:
    """At a moment: seconds (monotonic), where each partition ends for everybody, and for readers of committed records,
    CPU seconds that engine and broker have used, resident MB of the engine.
    """

    at: float
    ends: tuple[int, ...]
    stable: tuple[int, ...]
    engine_cpu: float
    broker_cpu: float
    rss_mb: float


@dataclass
class Probe:
    """Use it in an `async with`: it samples until the end of the block.

    Args:
        bootstrap: of the broker.
        topic: the output.
        partitions: of the output.
        engine: its processes now.
        broker: the broker's.
    """

    bootstrap: str
    topic: str
    partitions: int
    engine: Callable[[], Iterable[int]]
    broker: Callable[[], Iterable[int]]
    samples: list[Sample] = field(default_factory=list, init=False)

    async def __aenter__(self) -> Self:
        self._all = aiokafka.AIOKafkaConsumer(bootstrap_servers=self.bootstrap)
        self._committed = aiokafka.AIOKafkaConsumer(bootstrap_servers=self.bootstrap, isolation_level="read_committed")
        await self._all.start()
        await self._committed.start()
        await self._sample()
        self._sampling = asyncio.create_task(self._sample_all_along())
        return self

    async def __aexit__(self, *_reason: object) -> None:
        self._sampling.cancel()
        with suppress(asyncio.CancelledError):
            await self._sampling
        await self._all.stop()
        await self._committed.stop()

    async def reached(self, offsets: int, check: Callable[[], None]) -> None:
        """Wait until the topic has so many offsets.

        Args:
            offsets: in all partitions together.
            check: called all the time, raises what ends the waiting.

        Raises:
            StalledError: nothing new came for a long time.
        """
        seen, since = 0, time.monotonic()
        while seen < offsets:
            check()
            await asyncio.sleep(POLL_SECONDS)
            if self._sampling.done():
                self._sampling.result()
            now = sum(self.samples[-1].ends)
            if now > seen:
                seen, since = now, time.monotonic()
            elif time.monotonic() - since > STALL_SECONDS:
                raise StalledError(f"no new record in {self.topic} for {STALL_SECONDS:.0f} s, {seen} of {offsets}")

    async def caught_up(self) -> None:
        """One more sample, so that the last one is later than all that was read."""
        await self._sample()

    async def _sample_all_along(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            await self._sample()

    async def _sample(self) -> None:
        wanted = [TopicPartition(self.topic, number) for number in range(self.partitions)]
        ends, stable = await asyncio.gather(self._all.end_offsets(wanted), self._committed.end_offsets(wanted))
        engine, broker = list(self.engine()), list(self.broker())
        self.samples.append(
            Sample(
                time.monotonic(),
                tuple(ends[place] for place in wanted),
                tuple(stable[place] for place in wanted),
                cpu_seconds(engine),
                cpu_seconds(broker),
                rss_mb(engine),
            )
        )
