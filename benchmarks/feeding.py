"""Fills topics in large batches, as fast as the broker takes them; makes topics and removes them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import aiokafka
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient

from streams import topics as shop
from streams.engine.partitioner import Partitioner
from streams.engine.topics import Plan, create, partition_counts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aiokafka.producer.message_accumulator import BatchBuilder

    from streams.events.base import Event
    from streams.topics import Topic

PARTITIONER: Final = Partitioner(lambda name: shop.by_name(name).partitions)
BATCH_BYTES: Final = 200_000
"""Of one batch: many records in each, and well below what consumers take in one fetch."""


async def fill(bootstrap: str, topic: str, records: Iterable[tuple[int, bytes, bytes]]) -> None:
    """Publish records (partition, key, value), in order within each partition, and wait until the broker has them."""
    async with aiokafka.AIOKafkaProducer(
        bootstrap_servers=bootstrap, enable_idempotence=True, max_batch_size=BATCH_BYTES
    ) as producer:
        await asyncio.gather(*await send(producer, topic, records))


async def send(
    producer: aiokafka.AIOKafkaProducer, topic: str, records: Iterable[tuple[int, bytes, bytes]]
) -> list[asyncio.Future[Any]]:
    """Hand records (partition, key, value) over in large batches; what the broker will say of each batch."""
    batches: dict[int, BatchBuilder] = {}
    answers = []
    for partition, key, value in records:
        batch = batches.get(partition)
        if batch is None or batch.append(timestamp=None, key=key, value=value) is None:
            if batch is not None:
                answers.append(await producer.send_batch(batch, topic, partition=partition))
            batches[partition] = batch = producer.create_batch()
            batch.append(timestamp=None, key=key, value=value)
    answers += [await producer.send_batch(batch, topic, partition=partition) for partition, batch in batches.items()]
    return answers


async def publish(bootstrap: str, topic: Topic, events: Sequence[Event[Any]]) -> None:
    """Publish events of a topic of the shop, in order within each partition, and wait until the broker has them."""
    keys = [getattr(event.data, topic.key).encode() for event in events]
    split = PARTITIONER.split(topic.name, keys, topic.write(events))
    await fill(bootstrap, topic.name, ((part, key, value) for part, pairs in split for key, value in pairs))


async def make(bootstrap: str, *topics: str, partitions: int) -> list[str]:
    """Create topics that do not exist, and wait until the broker knows them; returns their names."""
    plans = [Plan(topic, partitions, {}) for topic in topics]
    made = await create({"bootstrap_servers": bootstrap}, plans)
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    await client.bootstrap()
    try:
        await partition_counts(client, plans)
    finally:
        await client.close()
    return made


async def remove(bootstrap: str, run: str) -> None:
    """Delete every topic that has the run's name in its own: some engines put a word before it."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        doomed = [name for name in await admin.list_topics() if run in name]
        if doomed:
            await admin.delete_topics(doomed)
    finally:
        await admin.close()
