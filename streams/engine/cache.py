"""The newest rows of a partition, decoded, over what the store has: what rules read and write all day.

Rows that are not committed yet live here and in `Task.pending`, and nowhere else. `rows.py` lies above, `store.py`
below.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import msgspec

from streams.engine.errors import StoreError
from streams.engine.service import Table

if TYPE_CHECKING:
    from streams.engine.store import Store

SLOT_BYTES = 72  # of a dict's entry, with its share of free places and of the allocator's rounding; measured
SAMPLE_ROWS = 64  # whose mean size is taken for that of all rows of a generation
MEASURED_EVERY = 500  # chunks: rows grow without becoming more
ROOMY = 0.875  # of the bytes: so much may stay when there was no more room
MOST_HALVINGS = 8  # of the old generation, at once
DEFAULT_CACHE_BYTES = 40 << 20

_MISSING: Any = object()
Pending = deque[Mapping[Table[Any], Mapping[str, Any]]]


class RowCache(dict[str, Any]):
    """The newest rows of one table in one partition, decoded, committed or not; None: no such row.

    The dict itself is the young generation. What is used moves there from the old one, which goes when there is no more
    room (`CacheBudget`); a newer copy of a row never goes before an older one. Uncommitted rows are put back into the
    young generation, since the store does not have them yet.
    """

    __slots__ = ("_decode", "_mean", "_measured", "_old", "_old_mean", "_pending", "_prefix", "_store", "table")

    def __init__(self, table: Table[Any], store: Store, pending: Pending) -> None:
        super().__init__()
        self.table = table
        self._store, self._pending = store, pending
        self._prefix, self._decode = table.prefix, table.decode
        self._old: dict[str, Any] = {}
        self._mean, self._measured = 0, 0  # bytes of a young row, when there were so many
        self._old_mean = 0  # bytes of an old row

    def __missing__(self, key: str) -> Any:
        value = self._old.pop(key, _MISSING)
        if value is _MISSING:
            value = self._read(key)
        self[key] = value
        return value

    def _read(self, key: str) -> Any:
        try:
            raw = self._store.get((self._prefix + key).encode())
            return None if raw is None else self._decode(raw)
        except Exception as error:
            raise self._broken(key, error) from error

    def _broken(self, key: str, error: Exception) -> StoreError:
        return StoreError(f"{self} cannot be read at row {key!r}: {error}")

    def uncommitted(self) -> Iterator[Mapping[str, Any]]:
        """What transactions not yet in the store wrote to this table, oldest first."""
        for group in self._pending:
            layer = group.get(self.table)
            if layer:
                yield layer

    @property
    def bytes(self) -> int:
        """What the rows take as Python objects: a sample tells, anew whenever there are twice as many."""
        young = len(self)
        if young > 2 * self._measured:
            self.measure()
        return young * self._mean + len(self._old) * self._old_mean

    def measure(self) -> None:
        """Estimate what a young row takes: rows may grow."""
        if not self:
            return
        sample = list(islice(self.items(), 0, None, max(1, len(self) // SAMPLE_ROWS)))
        taken = sum(footprint(key) + footprint(row) for key, row in sample)
        self._mean, self._measured = SLOT_BYTES + taken // len(sample), len(self)

    def age(self) -> None:
        """The young generation becomes the old one, but for what is not committed."""
        self._old, self._old_mean = dict(self), self._mean
        self.clear()
        for layer in self.uncommitted():
            self.update(layer)

    def halve(self) -> None:
        """Let the half of the old generation go that came first."""
        self._old = dict(islice(self._old.items(), (len(self._old) + 1) // 2, None))

    def forget(self) -> None:
        """Drop everything, uncommitted rows too: what they belonged to will not be committed."""
        self.clear()
        self._old = {}

    def scan(self, low: str, high: str) -> Iterator[tuple[str, Any]]:
        """Committed rows with low <= key < high."""
        skip, at = len(self._prefix), low
        try:
            for key, raw in self._store.scan((self._prefix + low).encode(), (self._prefix + high).encode()):
                at = key.decode()[skip:]
                row = self._decode(raw)
                yield at, row
        except Exception as error:
            raise self._broken(at, error) from error

    def __repr__(self) -> str:
        return f"table {self.table.name}"


class CacheBudget:
    """The bytes that a process has for decoded rows. All its caches draw on them together: a table in heavy use takes
    what others leave, and no share is set aside for one that hardly has a row.

    While everything fits there is one generation, and no row ever moves. All caches age together.

    Args:
        total_bytes: of all rows of all caches.
    """

    def __init__(self, total_bytes: int = DEFAULT_CACHE_BYTES) -> None:
        self._limit = self._enough = total_bytes
        self._kept = 0  # times
        self._caches: dict[int, RowCache] = {}  # by id: a dict has no hash

    def add(self, caches: Iterable[RowCache]) -> None:
        """Bound these as well."""
        self._caches.update((id(cache), cache) for cache in caches)

    def remove(self, caches: Iterable[RowCache]) -> None:
        """These are used no more."""
        for cache in caches:
            del self._caches[id(cache)]

    def keep(self) -> None:
        """Keep the caches within the limit: called after each chunk."""
        self._kept += 1
        if self._kept % MEASURED_EVERY == 0:
            for cache in self._caches.values():
                cache.measure()
        taken = self._bytes()
        if taken <= self._limit:
            self._enough = self._limit
        elif taken > self._enough:
            self._make_room()

    def _make_room(self) -> None:
        for cache in self._caches.values():
            cache.age()
        for _ in range(MOST_HALVINGS):
            if self._bytes() <= ROOMY * self._limit:
                return
            for cache in self._caches.values():
                cache.halve()
        self._enough = 2 * self._bytes()  # what is not committed stays: if that is much, to try again soon is in vain

    def _bytes(self) -> int:
        return sum([cache.bytes for cache in self._caches.values()])


def footprint(value: Any) -> int:
    """The bytes that a row takes as Python objects, what it holds included. What is shared counts every time."""
    held: Iterable[Any] = ()
    if isinstance(value, msgspec.Struct):
        held = [getattr(value, name) for name in value.__struct_fields__]
    elif isinstance(value, dict):
        held = chain.from_iterable(value.items())
    elif isinstance(value, (list, tuple, set, frozenset)):
        held = value
    return sys.getsizeof(value) + sum(map(footprint, held))
