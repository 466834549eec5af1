"""Reads an output topic as its users do, read_committed from the first record, and tells which offsets held records.

The reader shares no code with any engine. What is in the records is the business of `take`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import aiokafka
import numpy as np
from aiokafka.structs import TopicPartition

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

FETCH_BYTES = 4 << 20
POLL_MS = 200
STALL_SECONDS = 60.0
"""Without a new record for so long, what is missing will not come."""


async def read(
    bootstrap: str, topic: str, partitions: int, expected: int, take: Callable[[Sequence[Any]], None]
) -> list[NDArray[np.int64]]:
    """Read until `expected` records were seen and the end is reached, or nothing comes any more.

    Args:
        bootstrap: of the broker.
        topic: the output.
        partitions: of the output.
        expected: how many records there should be; fewer are returned when the rest does not come.
        take: is given the records of one partition, in order, some at a time.

    Returns:
        By partition, the offsets of its committed records.
    """
    consumer = aiokafka.AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=FETCH_BYTES,
    )
    places = [TopicPartition(topic, number) for number in range(partitions)]
    offsets: dict[TopicPartition, list[NDArray[np.int64]]] = {place: [] for place in places}
    async with consumer:
        consumer.assign(places)
        seen, since = 0, time.monotonic()
        while time.monotonic() - since < STALL_SECONDS:
            for place, records in (await consumer.getmany(timeout_ms=POLL_MS)).items():
                take(records)
                offsets[place].append(np.fromiter((record.offset for record in records), np.int64, len(records)))
                seen, since = seen + len(records), time.monotonic()
            if seen >= expected and await _at_the_end(consumer, places):
                break
    return [np.concatenate([np.empty(0, np.int64), *offsets[place]]) for place in places]


async def _at_the_end(consumer: aiokafka.AIOKafkaConsumer, places: list[TopicPartition]) -> bool:
    ends = await consumer.end_offsets(places)
    return all([await consumer.position(place) >= ends[place] for place in places])
