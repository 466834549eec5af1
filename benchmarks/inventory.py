"""The real inventory service on a pre-filled topic of stock commands: events per second, CPU seconds per million.

    python -m benchmarks.inventory [--commands 400000] [--products 1000] [--runs 3]

Every command is a `ReserveStock` of one piece; each is answered with `StockReserved` and `InventoryUpdated`, exactly
once, by one worker process started as a user would. An embedded Kafka shares the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

import aiokafka

from benchmarks.probe import Measured, summarise, watch
from streams import topics
from streams.broker import EmbeddedKafka
from streams.engine.partitioner import Partitioner
from streams.engine.topics import Plan, create
from streams.events.base import Event, event_of, quick
from streams.events.inventory import ReserveStock
from streams.events.warehouse import StockReceived

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

START = datetime(2026, 1, 1, tzinfo=UTC)
BATCH = 2_000  # events encoded together
RUN_SECONDS = 300.0
reserve_stock, stock_received = quick(ReserveStock), quick(StockReceived)


def receipts(products: int) -> Iterator[Event]:
    for n in range(products):
        fact = stock_received(receipt_id=f"R{n}", product_id=f"A{n}", quantity=1_000_000)
        yield event_of(fact, f"receipt-{n}", START)


def commands(count: int, products: int) -> Iterator[Event]:
    for n in range(count):
        fact = reserve_stock(order_id=f"O{n}", product_id=f"A{n % products}", quantity=1, line=0)
        yield event_of(fact, f"command-{n}", START + timedelta(milliseconds=n))


async def fill(bootstrap: str, topic: topics.Topic, events: Iterable[Event]) -> None:
    """Publish events in batches, each to the partition of its product."""
    producer = aiokafka.AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, max_batch_size=1 << 19)
    await producer.start()
    partitioner, source = Partitioner(lambda _name: topic.partitions), iter(events)
    while batch := list(islice(source, BATCH)):
        keys = [event.data.product_id.encode() for event in batch]
        for partition, pairs in partitioner.split(topic.name, keys, topic.write(batch)):
            builder = producer.create_batch()
            for key, value in pairs:
                builder.append(key=key, value=value, timestamp=None)
            builder.close()
            await producer.send_batch(builder, topic.name, partition=partition)
    await producer.stop()


async def run(commands_count: int, products: int) -> Measured:
    """One run on a broker of its own."""
    with EmbeddedKafka() as kafka, tempfile.TemporaryDirectory() as state:
        used = (topics.stock_receipts, topics.stock_commands, topics.reservations)
        await create({"bootstrap_servers": kafka.bootstrap}, [Plan(t.name, t.partitions, t.config) for t in used])
        await fill(kafka.bootstrap, topics.stock_receipts, receipts(products))
        first = worker(kafka.bootstrap, state)
        try:  # the stock is there before the first command
            await watch(
                kafka.bootstrap, "inventory", 4, products, [first.pid], seconds=60, alive=lambda: first.poll() is None
            )
        finally:
            first.terminate()
            first.wait(30)
        await fill(kafka.bootstrap, topics.stock_commands, commands(commands_count, products))
        return await measure(kafka.bootstrap, state, commands_count)


async def measure(bootstrap: str, state: str, expected: int) -> Measured:
    """Let a worker answer every command; `reservations` gets one answer each."""
    process = worker(bootstrap, state)
    try:
        samples = await watch(bootstrap, "reservations", 4, expected, [process.pid], seconds=RUN_SECONDS,
                              alive=lambda: process.poll() is None)  # fmt: skip
    finally:
        process.terminate()
        process.wait(60)
    return summarise(samples, expected)


def worker(bootstrap: str, state: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "agents.cli", "worker", "inventory", "--bootstrap", bootstrap, "--data", state]
    return subprocess.Popen(command)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commands", type=int, default=400_000)
    parser.add_argument("--products", type=int, default=1_000)
    parser.add_argument("--runs", type=int, default=1)
    options = parser.parse_args()
    runs = [asyncio.run(run(options.commands, options.products)) for _ in range(options.runs)]
    for measured in runs:
        print(f"{measured.events_per_second:9,.0f} commands/s  {measured.cpu_s_per_million:6.1f} CPU s per million  "
              f"peak {measured.peak_rss_mb:5.0f} MB")  # fmt: skip
    if len(runs) > 1:
        print(f"median {statistics.median(m.events_per_second for m in runs):,.0f} commands/s")


if __name__ == "__main__":
    main()
