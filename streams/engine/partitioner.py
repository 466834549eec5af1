"""Which partition a key belongs to: as Kafka's default partitioner decides, so that every client agrees.

murmur2 of the key's bytes, positive, modulo the number of partitions (org.apache.kafka.clients.producer.internals
.BuiltInPartitioner). Hashes are remembered: keys repeat, and the hash costs more than the rest of routing a record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiokafka.partitioner import murmur2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

MAX_REMEMBERED = 200_000  # keys, about 30 MB


class Partitioner:
    """Args: count: partitions of a topic by name, as the cluster has it."""

    def __init__(self, count: Callable[[str], int]) -> None:
        self._count = count
        self._hashes: dict[bytes, int] = {}

    def partition(self, topic: str, key: bytes | None, fallback: int) -> int:
        """The partition of a key; without a key, the fallback's."""
        return (fallback if key is None else self._hash(key)) % self._count(topic)

    def split(
        self, topic: str, keys: Sequence[bytes], values: Sequence[bytes]
    ) -> Iterable[tuple[int, list[tuple[bytes, bytes]]]]:
        """Keyed values by partition, order kept within each."""
        count, known = self._count(topic), self._hashes
        parts: list[list[tuple[bytes, bytes]]] = [[] for _ in range(count)]
        for pair in zip(keys, values, strict=True):
            key = pair[0]
            hashed = known[key] if key in known else self._hash(key)
            parts[hashed % count].append(pair)
        return ((partition, pairs) for partition, pairs in enumerate(parts) if pairs)

    def _hash(self, key: bytes) -> int:
        if len(self._hashes) >= MAX_REMEMBERED:
            self._hashes.clear()
        hashed = self._hashes[key] = murmur2(key) & 0x7FFFFFFF
        return hashed
