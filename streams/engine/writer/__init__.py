"""Kafka transactions of the second generation on aiokafka's connections; the story begins in `writer.py`."""

from streams.engine.writer.batches import MAX_RECORD_BYTES, Batches
from streams.engine.writer.errors import (
    Abortable,
    Code,
    Fenced,
    Forbidden,
    RecordTooLarge,
    Rejoin,
    Retriable,
    UnknownOutcome,
    UnsupportedBroker,
    WriterError,
    WriterMisused,
)
from streams.engine.writer.offsets import Member
from streams.engine.writer.writer import State, TransactionalWriter

__all__ = [
    "MAX_RECORD_BYTES",
    "Abortable",
    "Batches",
    "Code",
    "Fenced",
    "Forbidden",
    "Member",
    "RecordTooLarge",
    "Rejoin",
    "Retriable",
    "State",
    "TransactionalWriter",
    "UnknownOutcome",
    "UnsupportedBroker",
    "WriterError",
    "WriterMisused",
]
