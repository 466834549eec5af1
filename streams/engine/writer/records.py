"""Records to the leaders of their partitions, and the offsets that leaders know.

One request carries the oldest batch of each partition of a leader; the next batch of a partition goes out when the one
before it was acknowledged, so order holds without a window of open requests. Who calls it: `writer.py`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from aiokafka.structs import TopicPartition

from streams.engine.writer.errors import Code
from streams.engine.writer.leaders import UNKNOWN_OFFSET, Reply
from streams.engine.writer.protocol import (
    ALL_REPLICAS,
    ANY_LEADER_EPOCH,
    CONSUMER,
    LATEST,
    READ_UNCOMMITTED,
    ListOffsets,
    Produce,
    by_topic,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from streams.engine.writer.batches import SealedBatch
    from streams.engine.writer.leaders import Leaders


@dataclass(frozen=True)
class Appending:
    """Produce v12. A copy of a batch that had arrived is answered with its offset, or as a duplicate without one."""

    transactional_id: str
    timeout_ms: int
    max_request_bytes: int
    name: ClassVar[str] = "Produce"
    fine: ClassVar[frozenset[Code]] = frozenset({Code.NONE, Code.DUPLICATE_SEQUENCE_NUMBER})

    def requests(self, items: Mapping[TopicPartition, SealedBatch]) -> Iterator[tuple[list[TopicPartition], Any]]:
        """As few as the limit allows, each of one batch at least."""
        for part in self._within_limit(items):
            topics = by_topic((tp, (tp.partition, batch.data)) for tp, batch in part.items())
            yield list(part), Produce(self.transactional_id, ALL_REPLICAS, self.timeout_ms, topics)

    def replies(self, answer: Any) -> dict[TopicPartition, Reply]:
        return {
            TopicPartition(name, index): Reply(code, offset)
            for name, parts in answer.topics
            for index, code, offset, *_ in parts
        }

    def _within_limit(self, items: Mapping[TopicPartition, SealedBatch]) -> Iterator[dict[TopicPartition, SealedBatch]]:
        part: dict[TopicPartition, SealedBatch] = {}
        size = 0
        for tp, batch in items.items():
            if part and size + len(batch.data) > self.max_request_bytes:
                yield part
                part, size = {}, 0
            part[tp] = batch
            size += len(batch.data)
        yield part


@dataclass(frozen=True)
class Listing:
    """ListOffsets v6: the first (EARLIEST) or the next (LATEST) offset, as readers of the isolation level see it."""

    isolation: int
    name: ClassVar[str] = "ListOffsets"
    fine: ClassVar[frozenset[Code]] = frozenset({Code.NONE})

    def requests(self, items: Mapping[TopicPartition, int]) -> Iterator[tuple[list[TopicPartition], Any]]:
        topics = by_topic((tp, (tp.partition, ANY_LEADER_EPOCH, timestamp)) for tp, timestamp in items.items())
        yield list(items), ListOffsets(CONSUMER, self.isolation, topics)

    def replies(self, answer: Any) -> dict[TopicPartition, Reply]:
        return {
            TopicPartition(name, index): Reply(code, offset)
            for name, parts in answer.topics
            for index, code, _, offset, _ in parts
        }


async def append(
    leaders: Leaders, appending: Appending, queue: dict[TopicPartition, deque[SealedBatch]]
) -> dict[TopicPartition, int]:
    """Append all batches of `queue`, which is emptied; answer the offset after the last record per partition.

    Where a duplicate came back without its offset, the partition's end is read, which is exact as long as no other
    producer writes to the partition.
    """
    done = await leaders.ask(appending, queue)
    ends = {tp: offset + batch.records for tp, (batch, offset) in done.items() if offset != UNKNOWN_OFFSET}
    if len(ends) < len(done):
        ends |= await list_offsets(leaders, done.keys() - ends.keys(), LATEST, READ_UNCOMMITTED)
    return ends


async def list_offsets(
    leaders: Leaders, partitions: Iterable[TopicPartition], timestamp: int, isolation: int
) -> dict[TopicPartition, int]:
    """`timestamp`: EARLIEST or LATEST; `isolation`: READ_COMMITTED or READ_UNCOMMITTED (all of `protocol.py`)."""
    done = await leaders.ask(Listing(isolation), {tp: deque([timestamp]) for tp in partitions})
    return {tp: offset for tp, (_, offset) in done.items()}
