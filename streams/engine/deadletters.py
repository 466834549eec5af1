"""Dead letters: what could not be read, or whose rule raised, set aside within the same transaction.

A dead letter keeps the original key and bytes; its headers say where it came from and why. Nothing is dropped in
silence, and the stream goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

if TYPE_CHECKING:
    from streams.engine.chunk import Chunk
    from streams.engine.service import Record
    from streams.engine.timers import TimerEvent

MAX_MESSAGE_CHARS = 2_000  # an error message may quote a huge input; the original bytes are kept anyway


class DeadLetter(NamedTuple):
    """A record for the dead-letter topic."""

    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


def of_record(chunk: Chunk, record: Record, error: Exception) -> DeadLetter:
    """Set a source record aside."""
    attempt = next((int(value) for name, value in record.headers if name == "attempt"), 0) + 1
    headers = _headers(chunk, chunk.topic.name, record.offset, error, attempt)
    return DeadLetter(record.key, record.value, headers)


def of_timer(chunk: Chunk, event: TimerEvent, error: Exception) -> DeadLetter:
    """Set a timer aside whose rule raised; it has no source record."""
    headers = _headers(chunk, f"{chunk.task.service.name}.timers", -1, error, 1)
    return DeadLetter(event.data.name.encode(), msgspec.json.encode(event.data), headers)


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
    return [(name, value.encode()) for name, value in fields.items()]
