"""Dead letters: what could not be read, or whose rule raised, set aside within the same transaction.

A dead letter keeps the original key and bytes; its headers say where it came from and why. Nothing is dropped in
silence, and the stream goes on. The topic takes larger records than others, so that what just fitted its own topic has
room for the headers; of what is larger still, the headers tell where it lies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from streams.engine.service import DEAD_LETTERS
from streams.engine.writer import Batches, RecordTooLarge

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Iterable

    from aiokafka.structs import TopicPartition

    from streams.engine.chunk import Chunk
    from streams.engine.service import Record
    from streams.engine.timers import TimerEvent
    from streams.engine.writer.batches import Blob, SealedBatch

MAX_BATCH_BYTES = 2 << 20  # `max.message.bytes` of the topic: twice what Kafka allows of others by default
MAX_MESSAGE_CHARS = 2_000  # an error message may quote a huge input; the original bytes are kept anyway


class DeadLetter(NamedTuple):
    """A record for the dead-letter topic."""

    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


def of_record(chunk: Chunk, record: Record, error: Exception) -> DeadLetter:
    """Set a source record aside."""
    headers = _headers(chunk, chunk.topic.name, record.offset, error, _attempts(record) + 1)
    return DeadLetter(record.key, record.value, headers)


def of_timer(chunk: Chunk, event: TimerEvent, error: Exception) -> DeadLetter:
    """Set a timer aside whose rule raised; it has no source record."""
    headers = _headers(chunk, f"{chunk.task.service.name}.timers", -1, error, 1)
    return DeadLetter(event.data.name.encode(), msgspec.json.encode(event.data), headers)


def _attempts(record: Record) -> int:
    """How often it was set aside before; a stranger's header of that name counts for nothing."""
    said = next((value for name, value in record.headers if name == "attempt"), None)
    return int(said) if said is not None and said.isdigit() else 0


def _headers(chunk: Chunk, topic: str, offset: int, error: Exception, attempt: int) -> list[tuple[str, bytes]]:
    fields = {
        "source-topic": topic,
        "source-partition": str(chunk.partition),
        "source-offset": str(offset),
        "error-class": type(error).__name__,
        "error-message": str(error)[:MAX_MESSAGE_CHARS],
        "attempt": str(attempt),
        "service": chunk.task.service.name,
    }
    return [(name, value.encode(errors="replace")) for name, value in fields.items()]


class BatchesWithDeadLetters(Batches):
    """The records of a transaction, dead letters among them, whose batches may be larger."""

    def __init__(self, compression: str = "none") -> None:
        super().__init__(compression=compression)
        self._dead = Batches(compression=compression, max_batch_bytes=MAX_BATCH_BYTES)

    def append(self, topic: str, partition: int, records: Iterable[tuple[Blob, Blob]], timestamp_ms: int) -> None:
        """As `Batches.append`; the refusal of a record that is too large names it."""
        records = list(records)
        try:
            super().append(topic, partition, records, timestamp_ms)
        except RecordTooLarge as error:
            key, _ = max(records, key=lambda record: len(record[1] or b""))
            raise RecordTooLarge(f"{topic}-{partition}, key {key!r}: {error}") from error

    def set_aside(self, partition: int, letter: DeadLetter, timestamp_ms: int) -> None:
        """Append a dead letter; without its value if it would be too large."""
        try:
            self._append(partition, letter, timestamp_ms)
        except RecordTooLarge:
            left_out = ("value-left-out", b"%d bytes" % len(letter.value or b""))
            self._append(partition, DeadLetter(letter.key, None, [*letter.headers, left_out]), timestamp_ms)

    def _append(self, partition: int, letter: DeadLetter, timestamp_ms: int) -> None:
        self._dead.append_with_headers(DEAD_LETTERS, partition, *letter, timestamp_ms)

    @property
    def records(self) -> int:
        return super().records + self._dead.records

    @property
    def bytes(self) -> int:
        return super().bytes + self._dead.bytes

    def seal(self, producer_id: int, epoch: int) -> dict[TopicPartition, deque[SealedBatch]]:
        return super().seal(producer_id, epoch) | self._dead.seal(producer_id, epoch)
