"""Records to the leaders of their partitions, and the offsets that leaders know.

One request carries the oldest batch of each partition of a leader; the next batch of a partition goes out when the one
before it was acknowledged, so order holds without a window of open requests. Who calls it: `writer.py`.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING

from aiokafka.structs import TopicPartition

from streams.engine.writer.errors import MOVED, RETRIED, Code
from streams.engine.writer.link import Patience
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
    from collections import Counter, deque
    from collections.abc import Iterable, Iterator, Mapping

    from streams.engine.writer.batches import SealedBatch
    from streams.engine.writer.link import Link

UNKNOWN_OFFSET = -1
"""Kafka's base offset of a batch that was a duplicate too old to be remembered."""


class Leaders:
    """The leaders of a cluster's partitions, looked up again when they moved."""

    def __init__(self, link: Link, give_up_s: float, max_request_bytes: int, retries: Counter[tuple[str, int]]) -> None:
        self._link, self._give_up_s, self._max_bytes, self._retries = link, give_up_s, max_request_bytes, retries

    async def produce(
        self, transactional_id: str, queue: dict[TopicPartition, deque[SealedBatch]]
    ) -> dict[TopicPartition, int]:
        """Append all batches of `queue`, which is emptied; answer the offset after the last record per partition.

        A copy of a batch that had arrived before is answered with its offset while the broker remembers it; after that
        the partition's end is read instead, which is exact where no other producer writes to the partition.
        """
        ends: dict[TopicPartition, int] = {}
        patience = Patience("Produce", self._give_up_s, self._retries)
        while queue:
            answers = await self._produce_round(transactional_id, queue)
            code = self._settle(answers, queue, ends, patience)
            if code != Code.NONE:
                await self._wait(code, patience, queue)
        unknown = [tp for tp, end in ends.items() if end == UNKNOWN_OFFSET]
        if unknown:
            ends |= await self.offsets(unknown, LATEST, READ_UNCOMMITTED)
        return ends

    async def offsets(
        self, partitions: Iterable[TopicPartition], timestamp: int, isolation: int
    ) -> dict[TopicPartition, int]:
        """ListOffsets: `protocol.LATEST` or `EARLIEST`, as `READ_COMMITTED` or `READ_UNCOMMITTED` sees them."""
        found: dict[TopicPartition, int] = {}
        left = set(partitions)
        patience = Patience("ListOffsets", self._give_up_s, self._retries)
        while left:
            code: int = Code.NONE
            for tp, (error, offset) in (await self._offsets_round(left, timestamp, isolation)).items():
                if error == Code.NONE:
                    found[tp] = offset
                    left.discard(tp)
                elif error not in RETRIED:
                    raise patience.refusal(error)
                else:
                    code = error
            if code != Code.NONE:
                await self._wait(code, patience, left)
        return found

    def _settle(
        self,
        answers: Mapping[TopicPartition, tuple[int, int]],
        queue: dict[TopicPartition, deque[SealedBatch]],
        ends: dict[TopicPartition, int],
        patience: Patience,
    ) -> int:
        """Take acknowledged batches off the queue; the code that asks for another attempt, or NONE."""
        again: int = Code.NONE
        for tp, (code, base_offset) in answers.items():
            if code in RETRIED:
                again = again if again in MOVED else code
                continue
            if code not in (Code.NONE, Code.DUPLICATE_SEQUENCE_NUMBER):
                raise patience.refusal(code)
            batch = queue[tp].popleft()
            ends[tp] = base_offset + batch.records if base_offset >= 0 else UNKNOWN_OFFSET
            if not queue[tp]:
                del queue[tp]
        return again

    async def _wait(self, code: int, patience: Patience, partitions: Iterable[TopicPartition]) -> None:
        if code in MOVED:
            for topic in {tp.topic for tp in partitions}:
                self._link.client.add_topic(topic)
            await self._link.refresh()
        await patience.wait(code)

    def _by_leader(self, partitions: Iterable[TopicPartition]) -> dict[int, list[TopicPartition]]:
        """Partitions without a leader are under the key -1."""
        leader_of = self._link.client.cluster.leader_for_partition
        nodes: defaultdict[int, list[TopicPartition]] = defaultdict(list)
        for tp in partitions:
            node = leader_of(tp)
            nodes[-1 if node is None else node].append(tp)
        return nodes

    async def _produce_round(
        self, transactional_id: str, queue: Mapping[TopicPartition, deque[SealedBatch]]
    ) -> dict[TopicPartition, tuple[int, int]]:
        requests = [
            self._produce(node, transactional_id, part)
            for node, tps in self._by_leader(queue).items()
            for part in _within(self._max_bytes, {tp: queue[tp][0].data for tp in tps})
        ]
        return _merged(await asyncio.gather(*requests))

    async def _produce(
        self, node: int, transactional_id: str, data: Mapping[TopicPartition, bytearray]
    ) -> dict[TopicPartition, tuple[int, int]]:
        if node < 0:
            return dict.fromkeys(data, (Code.LEADER_NOT_AVAILABLE, UNKNOWN_OFFSET))
        topics = by_topic((tp, (tp.partition, batch)) for tp, batch in data.items())
        answer = await self._link.ask(
            node, Produce(transactional_id, ALL_REPLICAS, self._link.request_timeout_ms, topics)
        )
        if answer is None:
            return dict.fromkeys(data, (Code.NETWORK_EXCEPTION, UNKNOWN_OFFSET))
        return {TopicPartition(name, part[0]): (part[1], part[2]) for name, parts in answer.topics for part in parts}

    async def _offsets_round(
        self, partitions: Iterable[TopicPartition], timestamp: int, isolation: int
    ) -> dict[TopicPartition, tuple[int, int]]:
        requests = [self._offsets(node, tps, timestamp, isolation) for node, tps in self._by_leader(partitions).items()]
        return _merged(await asyncio.gather(*requests))

    async def _offsets(
        self, node: int, tps: list[TopicPartition], timestamp: int, isolation: int
    ) -> dict[TopicPartition, tuple[int, int]]:
        if node < 0:
            return dict.fromkeys(tps, (Code.LEADER_NOT_AVAILABLE, UNKNOWN_OFFSET))
        topics = by_topic((tp, (tp.partition, ANY_LEADER_EPOCH, timestamp)) for tp in tps)
        answer = await self._link.ask(node, ListOffsets(CONSUMER, isolation, topics))
        if answer is None:
            return dict.fromkeys(tps, (Code.NETWORK_EXCEPTION, UNKNOWN_OFFSET))
        return {TopicPartition(name, part[0]): (part[1], part[3]) for name, parts in answer.topics for part in parts}


def _within(limit: int, data: Mapping[TopicPartition, bytearray]) -> Iterator[dict[TopicPartition, bytearray]]:
    """Split into requests of at most `limit` bytes of records, or of one batch."""
    part: dict[TopicPartition, bytearray] = {}
    size = 0
    for tp, batch in data.items():
        if part and size + len(batch) > limit:
            yield part
            part, size = {}, 0
        part[tp] = batch
        size += len(batch)
    if part:
        yield part


def _merged(answers: Iterable[dict[TopicPartition, tuple[int, int]]]) -> dict[TopicPartition, tuple[int, int]]:
    return {tp: answer for part in answers for tp, answer in part.items()}
