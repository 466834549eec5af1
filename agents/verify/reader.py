"""Read what is committed, from the first record to the end that was there when reading began.

No consumer group: the judge leaves no trace, and reads the same again. One topic after the other, causes before
effects.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from agents.verify.errors import BrokerUnreachableError, ReadingStalledError
from agents.verify.record import Position, Record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping

STALL_SECONDS = 30.0
"""Without any progress for so long, the broker is gone or the end cannot be reached."""
POLL_MS = 500
FETCH_WAIT_MS = 10
"""A fetch at the end of a topic holds the connection for so long, and with it the next topic's first request."""
RETRY_MS = 10
"""aiokafka meets the topics of a question one by one, and waits for so long after each that it did not know."""
FETCH_BYTES = 4 * 1024 * 1024
"""Per partition and request: large enough to be read at the speed of the parser."""


def committed_reader(connection: Mapping[str, Any]) -> AbstractAsyncContextManager[AIOKafkaConsumer]:
    """A consumer of no group that sees committed records only.

    Raises:
        BrokerUnreachableError: nobody answers.
    """
    return reader(connection, "read_committed")


@asynccontextmanager
async def reader(connection: Mapping[str, Any], isolation: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer of no group.

    Raises:
        BrokerUnreachableError: nobody answers.
    """
    consumer = AIOKafkaConsumer(
        **connection,
        group_id=None,
        isolation_level=isolation,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=FETCH_WAIT_MS,
        max_partition_fetch_bytes=FETCH_BYTES,
        retry_backoff_ms=RETRY_MS,
    )
    try:
        await consumer.start()
    except KafkaError as error:
        await consumer.stop()
        raise BrokerUnreachableError(f"no broker at {connection.get('bootstrap_servers')}: {error}") from error
    await asyncio.sleep(0)  # aiokafka's stop() cancels and then awaits a task of its own, which must have begun
    try:
        yield consumer
    finally:
        await consumer.stop()


async def partitions(connection: Mapping[str, Any]) -> dict[str, list[TopicPartition]]:
    """Every topic of the cluster and its partitions.

    Raises:
        BrokerUnreachableError: nobody answers.
    """
    admin = AIOKafkaAdminClient(**connection)
    try:
        await admin.start()
        described = await admin.describe_topics()
    except KafkaError as error:
        raise BrokerUnreachableError(f"no broker at {connection.get('bootstrap_servers')}: {error}") from error
    finally:
        await admin.close()
    return {
        topic["topic"]: [TopicPartition(topic["topic"], found["partition"]) for found in topic["partitions"]]
        for topic in described
    }


async def ends(consumer: AIOKafkaConsumer, wanted: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
    """The ends that this reader can reach: last stable offsets, if it sees committed records only."""
    listed = [*wanted]
    return dict(await consumer.end_offsets(listed)) if listed else {}


async def read_topic(
    consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int], take: Callable[[Record], None]
) -> None:
    """Hand every committed record below `ends` to `take`, in order within each partition.

    Raises:
        ReadingStalledError: no record and no progress for `STALL_SECONDS`.
    """
    if not any(ends.values()):
        return
    loop = asyncio.get_running_loop()
    consumer.assign([*ends])
    await consumer.seek_to_beginning(*ends)
    reached: dict[TopicPartition, int] = {}
    deadline = loop.time() + STALL_SECONDS
    while behind := {partition for partition, end in ends.items() if reached.get(partition, 0) < end}:
        batches = await consumer.getmany(*behind, timeout_ms=POLL_MS)
        for partition, records in batches.items():
            _hand_over(records, ends[partition], take)
        now = {partition: await consumer.position(partition) for partition in ends}
        if now != reached:
            reached, deadline = now, loop.time() + STALL_SECONDS
        elif loop.time() > deadline:
            raise ReadingStalledError(f"stuck at {reached}, the ends are {dict(ends)}")


def _hand_over(records: list[Any], end: int, take: Callable[[Record], None]) -> None:
    for record in records:
        if record.offset < end:
            position = Position(record.topic, record.partition, record.offset)
            take(Record(position, record.key, record.value, record.headers))
