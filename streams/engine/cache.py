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
DEFAULT_CACHE_BYTES = 48 << 20

_MISSING: Any = object()
Pending = deque[Mapping[Table[Any], Mapping[str, Any]]]


class RowCache(dict[str, Any]):
    """The newest rows of one table in one partition, decoded, committed or not; None: no such row.

    Two generations bound it: when the young one is full it becomes the old one, and what is still used moves over.
    Uncommitted rows are put back, since the store does not have them yet. A generation is as large as its rows are as
    Python objects, estimated from a sample whenever it has doubled.
    """

    __slots__ = ("_decode", "_enough", "_limit", "_old", "_pending", "_prefix", "_store", "table")

    def __init__(self, table: Table[Any], store: Store, pending: Pending, limit: int) -> None:
        super().__init__()
        self.table = table
        self._store, self._pending = store, pending
        self._prefix, self._decode = table.prefix, table.decode
        self._limit = limit  # bytes of a generation
        self._enough = 0  # rows until its size is estimated again
        self._old: dict[str, Any] = {}

    def __missing__(self, key: str) -> Any:
        value = self._old.get(key, _MISSING)
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

    def trim(self) -> None:
        """Keep within the limit: called between chunks."""
        if len(self) <= self._enough:
            return
        rows = self._limit // self._mean_bytes()
        self._enough = min(rows, 2 * len(self))
        if len(self) > rows:
            self._old = dict(self)
            self.clear()
            for layer in self.uncommitted():
                self.update(layer)
            self._enough = max(rows, 2 * len(self))  # what is not committed stays: to look again at once is in vain

    def _mean_bytes(self) -> int:
        sample = list(islice(self.items(), 0, None, max(1, len(self) // SAMPLE_ROWS)))
        return SLOT_BYTES + sum(footprint(key) + footprint(row) for key, row in sample) // len(sample)

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
    """Divides a process's bytes for decoded rows among the caches of its tables and partitions."""

    def __init__(self, total_bytes: int = DEFAULT_CACHE_BYTES) -> None:
        self._total = total_bytes

    def bytes_each(self, caches: int) -> int:
        """What a generation of one of `caches` caches may take: two generations share its part."""
        return self._total // (2 * max(caches, 1))


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
