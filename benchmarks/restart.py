"""How long nothing is committed after a worker's end: from SIGKILL to the first committed output again.

    python -m benchmarks.restart [--keys 100000] [--runs 5] [--workers 1] [--standbys 0] [--harm kill]

A counting service (agents/chaos/counting.py) with as many keys is fed all along; its workers are children of the
supervisor that `millrace worker` uses, with every setting as shipped. `first` is the first output that a reader of
committed records sees after the harm; `all` is when each partition has had one, which with several workers tells how
long the partitions of the harmed one stood still.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import statistics
import tempfile
import time
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, NamedTuple

import aiokafka
import msgspec
from aiokafka.structs import TopicPartition

from agents.chaos import counting
from agents.chaos.crew import WORKER
from agents.chaos.feeder import Feeder
from agents.chaos.plan import Plan
from agents.supervisor import Child, Supervisor
from benchmarks.feeding import fill, make
from streams.broker import EmbeddedKafka
from streams.engine.partitioner import Partitioner

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

NAME, PARTITIONS = "restart", 4
POLL_SECONDS = 0.01
SETTLE_SECONDS = 0.2
"""What was being committed at the moment of the harm is visible by then."""
CALM_SECONDS = 5.0
"""Between two runs: the group has found its order, and standbys have caught up."""
GIVE_UP_SECONDS = 120.0
HARMS = {"kill": signal.SIGKILL, "term": signal.SIGTERM}


class Gap(NamedTuple):
    """Seconds from the harm to the first committed output, and to the last partition's first."""

    first: float
    all: float


def numbers(keys: int) -> Iterator[tuple[int, bytes, bytes]]:
    """One number for each key, so that there is a row for each."""
    partitioner = Partitioner(lambda _topic: PARTITIONS)
    for n in range(keys):
        key = b"key-%d" % n
        yield partitioner.partition("", key, 0), key, b'{"id": "first-%d", "amount": 1}' % n


class Ends:
    """Where the output's partitions end, for readers of committed records."""

    def __init__(self, consumer: aiokafka.AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self._places = [TopicPartition(counting.outputs(NAME), partition) for partition in range(PARTITIONS)]

    async def now(self) -> list[int]:
        found = await self._consumer.end_offsets(self._places)
        return [found[place] for place in self._places]

    async def reached(self, wanted: int) -> None:
        async with asyncio.timeout(GIVE_UP_SECONDS):
            while sum(await self.now()) < wanted:  # noqa: ASYNC110 -- a broker sets no Event
                await asyncio.sleep(POLL_SECONDS)

    async def gap(self, before: list[int], since: float) -> Gap:
        first = 0.0
        async with asyncio.timeout(GIVE_UP_SECONDS):
            while True:
                moved = [now > then for now, then in zip(await self.now(), before, strict=True)]
                if any(moved) and not first:
                    first = time.monotonic() - since
                if all(moved):
                    return Gap(first, time.monotonic() - since)
                await asyncio.sleep(POLL_SECONDS)


@asynccontextmanager
async def watched(bootstrap: str) -> AsyncIterator[Ends]:
    consumer = aiokafka.AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed")
    await consumer.start()
    try:
        yield Ends(consumer)
    finally:
        await consumer.stop()


async def harm(supervisor: Supervisor, ends: Ends, number: signal.Signals) -> Gap:
    """End the first worker, and wait until outputs come again."""
    await asyncio.sleep(CALM_SECONDS)
    process = supervisor.children["worker-1"].process
    assert process is not None
    began = time.monotonic()
    process.send_signal(number)
    await process.wait()
    await asyncio.sleep(SETTLE_SECONDS)
    return await ends.gap(await ends.now(), began)


async def measure(options: argparse.Namespace) -> list[Gap]:
    with EmbeddedKafka() as kafka, tempfile.TemporaryDirectory() as folder:
        bootstrap = kafka.bootstrap
        await make(bootstrap, counting.inputs(NAME), counting.outputs(NAME), partitions=PARTITIONS)
        await fill(bootstrap, counting.inputs(NAME), numbers(options.keys))
        plan = Plan(NAME, bootstrap, folder, PARTITIONS, standbys=options.standbys)
        command = [*WORKER, msgspec.json.encode(plan).decode()]
        async with watched(bootstrap) as ends, Supervisor(print) as supervisor:
            for number in range(1, options.workers + 1):
                name = f"worker-{number}"
                supervisor.keep(Child(name, command, output=Path(folder) / f"{name}.log"))
            await ends.reached(options.keys)
            feeder = Feeder(bootstrap, counting.inputs(NAME), Random(1))
            feeder.start()
            try:
                return [await harm(supervisor, ends, HARMS[options.harm]) for _ in range(options.runs)]
            finally:
                await feeder.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keys", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--standbys", type=int, default=0)
    parser.add_argument("--harm", choices=HARMS, default="kill")
    gaps = asyncio.run(measure(parser.parse_args()))
    for gap in gaps:
        print(f"first committed output after {gap.first:.2f} s, every partition after {gap.all:.2f} s")
    first, every = (statistics.median(column) for column in zip(*gaps, strict=True))
    print(f"median {first:.2f} s, {every:.2f} s")


if __name__ == "__main__":
    main()
