"""The records of one future transaction, encoded while the transaction before it is still in flight.

A record batch carries the producer's id, epoch and sequence, and in the second generation the epoch changes with
every transaction. So batches are filled without them, and get them when they are sealed, just before they are sent:
`writer.py`.
The encoder is aiokafka's (C). Format: record batch v2, kafka.apache.org/documentation/#recordbatch.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.structs import TopicPartition

from streams.engine.writer.errors import RecordTooLarge, WriterMisused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAX_BATCH_BYTES = 1_000_000
"""Below the broker's default `message.max.bytes` (1 048 588), before compression."""

MAX_RECORD_BYTES = MAX_BATCH_BYTES - 1_000
"""Of key and value; the rest is for what Kafka writes around them."""

COMPRESSION = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
"""Codec numbers of the record batch's attributes."""

_MAGIC, _TRANSACTIONAL, _NOT_YET = 2, 1, -1
Blob = bytes | None

_NO_HEADERS: list[tuple[str, bytes]] = []


class SealedBatch(NamedTuple):
    """One record batch as it goes over the wire, and how many records it holds."""

    data: bytearray
    records: int


class _Filling:
    """A batch that still takes records."""

    __slots__ = ("builder", "count")

    def __init__(self, codec: int, max_bytes: int) -> None:
        self.builder: Any = DefaultRecordBatchBuilder(
            _MAGIC, codec, _TRANSACTIONAL, _NOT_YET, _NOT_YET, _NOT_YET, max_bytes
        )
        self.count = 0

    def seal(self, producer_id: int, epoch: int, sequence: int) -> SealedBatch:
        self.builder.set_producer_state(producer_id, epoch, sequence)
        return SealedBatch(self.builder.build(), self.count)


class Batches:
    """Records per target partition, in the order they were appended.

    Args:
        compression: a key of `COMPRESSION`; applied when the batches are sealed.
        max_batch_bytes: a full batch is closed and another begun; a single record above it is refused.
    """

    def __init__(self, *, compression: str = "none", max_batch_bytes: int = MAX_BATCH_BYTES) -> None:
        self._codec, self._max_bytes = COMPRESSION[compression], max_batch_bytes
        self._partitions: dict[TopicPartition, list[_Filling]] = {}
        self._sealed = False

    @property
    def records(self) -> int:
        """How many records were appended."""
        return sum(batch.count for batches in self._partitions.values() for batch in batches)

    @property
    def bytes(self) -> int:
        """Their size in bytes on the wire, before compression."""
        return sum(batch.builder.size() for batches in self._partitions.values() for batch in batches)

    def append(self, topic: str, partition: int, records: Iterable[tuple[Blob, Blob]], timestamp_ms: int) -> None:
        """Append (key, value) pairs; None is Kafka's null. Raises RecordTooLarge; the pairs before it stay appended."""
        batches = self._of(TopicPartition(topic, partition))
        batch, no_headers = batches[-1], _NO_HEADERS
        add, count = batch.builder.append, batch.count
        try:
            for key, value in records:
                if add(count, timestamp_ms, key, value, no_headers) is None:
                    batch.count = count
                    batch = self._next(batches)
                    add, count = batch.builder.append, 0
                    add(0, timestamp_ms, key, value, no_headers)
                count += 1
        finally:
            batch.count = count
        self._refuse_too_large(batches)

    def append_with_headers(  # noqa: PLR0913, PLR0917  # a Kafka record has these fields
        self,
        topic: str,
        partition: int,
        key: Blob,
        value: Blob,
        headers: Sequence[tuple[str, Blob]],
        timestamp_ms: int,
    ) -> None:
        """Append one record with headers. Raises RecordTooLarge."""
        batches = self._of(TopicPartition(topic, partition))
        batch = batches[-1]
        if batch.builder.append(batch.count, timestamp_ms, key, value, list(headers)) is None:
            batch = self._next(batches)
            batch.builder.append(0, timestamp_ms, key, value, list(headers))
        batch.count += 1
        self._refuse_too_large(batches)

    def seal(self, producer_id: int, epoch: int) -> dict[TopicPartition, deque[SealedBatch]]:
        """Finish all batches for this producer and epoch; sequences start at 0. A failed transaction is not resent."""
        if self._sealed:
            raise WriterMisused("these batches were sealed for an earlier transaction")
        self._sealed = True
        sealed = {tp: _seal(batches, producer_id, epoch) for tp, batches in self._partitions.items()}
        return {tp: queue for tp, queue in sealed.items() if queue}

    def _of(self, tp: TopicPartition) -> list[_Filling]:
        if self._sealed:
            raise WriterMisused("these batches were sealed; begin new ones")
        batches = self._partitions.get(tp)
        if batches is None:
            batches = self._partitions[tp] = [_Filling(self._codec, self._max_bytes)]
        return batches

    def _next(self, batches: list[_Filling]) -> _Filling:
        self._refuse_too_large(batches)
        batches.append(_Filling(self._codec, self._max_bytes))
        return batches[-1]

    def _refuse_too_large(self, batches: list[_Filling]) -> None:
        """The encoder always takes a batch's first record; so only a batch of one record can be too large."""
        size = batches[-1].builder.size()
        if size > self._max_bytes:
            batches[-1] = _Filling(self._codec, self._max_bytes)
            raise RecordTooLarge(f"a record needs a batch of {size} bytes; {self._max_bytes} is the limit")


def _seal(batches: list[_Filling], producer_id: int, epoch: int) -> deque[SealedBatch]:
    sealed: deque[SealedBatch] = deque()
    sequence = 0
    for batch in batches:
        if batch.count:
            sealed.append(batch.seal(producer_id, epoch, sequence))
            sequence += batch.count
    return sealed
