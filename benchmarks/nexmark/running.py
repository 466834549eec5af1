"""Fills the topic, lets a worker process answer a query, and compares its committed answers with the brute force's."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiokafka

from benchmarks.nexmark.brute import BRUTE
from benchmarks.nexmark.checking import compare
from benchmarks.nexmark.language import answers, events
from streams.broker import EmbeddedKafka
from streams.engine.topics import Plan, create

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.nexmark.queries import Query
    from streams.events.base import Event

BATCH = 2_000
RUN_SECONDS = 600.0
QUIET_SECONDS = 40.0  # the last windows close by the wall clock, once the stream is idle


async def measure(query: Query, history: Sequence[Event[Any]]) -> dict[str, float]:
    """One run on a broker of its own. Raises WrongAnswerError."""
    with EmbeddedKafka() as kafka, tempfile.TemporaryDirectory() as state:
        connection = {"bootstrap_servers": kafka.bootstrap}
        await create(connection, [Plan(topic.name, topic.partitions, topic.config) for topic in (events, answers)])
        await _fill(kafka.bootstrap, history)
        command = ("-m", "benchmarks.nexmark.worker", str(query.number), kafka.bootstrap, state, str(len(history)))
        worker = await asyncio.create_subprocess_exec(
            sys.executable, *command, cwd=Path(__file__).parents[2], stdout=asyncio.subprocess.PIPE
        )
        try:
            assert worker.stdout is not None
            line = await asyncio.wait_for(worker.stdout.readline(), RUN_SECONDS)
            said = await _answers(kafka.bootstrap, len(BRUTE[query.number](history)))
        finally:
            worker.terminate()
            await worker.wait()
    compare(query.number, said, history)
    figures: dict[str, float] = json.loads(line)
    return figures


async def _fill(bootstrap: str, history: Sequence[Event[Any]]) -> None:
    producer = aiokafka.AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, max_batch_size=1 << 20)
    await producer.start()
    source = iter(history)
    while batch := list(islice(source, BATCH)):
        builder = producer.create_batch()
        for value in events.write(batch):
            builder.append(key=None, value=value, timestamp=None)
        builder.close()
        await producer.send_batch(builder, events.name, partition=0)
    await producer.stop()


async def _answers(bootstrap: str, expected: int) -> list[Event[Any]]:
    """The committed answers, once there are as many as there should be, or none has come for long."""
    consumer = aiokafka.AIOKafkaConsumer(
        answers.name, bootstrap_servers=bootstrap, isolation_level="read_committed", auto_offset_reset="earliest"
    )
    await consumer.start()
    found: list[Any] = []
    heard = time.monotonic()
    while len(found) < expected and time.monotonic() - heard < QUIET_SECONDS:
        for records in (await consumer.getmany(timeout_ms=500)).values():
            found += answers.read(0, records)
            heard = time.monotonic()
    await consumer.stop()
    return found
