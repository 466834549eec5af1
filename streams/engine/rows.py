"""The rows of one table as a rule sees them: layers over the store.

A read falls through: what this record wrote, what this chunk wrote, what earlier chunks wrote (perhaps not committed
yet), the store. `release` folds the record's layer into the chunk's: a savepoint that costs two dict calls.
`cache.py` and `store.py` have the layers below.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, overload

import msgspec

from streams.engine.writer import MAX_RECORD_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.engine.cache import RowCache
    from streams.engine.service import Table

V = TypeVar("V")
D = TypeVar("D")
_MISSING: Any = object()


class RowTooLargeError(ValueError):
    """What a rule wants remembered does not fit into a record of the changelog."""


class Rows(dict[str, V]):
    """A mutable mapping of str to row; the dict itself holds what the record in hand wrote.

    Rows are values: assign a new one, never change one in place. `get`, `[]`, `[] =`, `del` and `in` see all layers;
    whole-table iteration is refused, `range` reads a part in key order.
    """

    __slots__ = ("_cache", "_chunk", "_default", "_gone")

    def __init__(self, table: Table[V], cache: RowCache) -> None:
        super().__init__()
        self._default = table.default
        self._cache = cache
        self._chunk: dict[str, V | None] = {}
        self._gone: set[str] = set()

    def __missing__(self, key: str) -> V:
        # `_below` without the call: this is the hot path
        value = self._chunk.get(key, _MISSING)
        if value is _MISSING:
            value = self._cache[key]
        if value is not None and key not in self._gone:
            return value
        if self._default is None:
            raise KeyError(key)
        return self._default()

    def _below(self, key: str) -> V | None:
        if key in self._gone:
            return None
        value = self._chunk.get(key, _MISSING)
        return self._cache[key] if value is _MISSING else value

    @overload
    def get(self, key: str, default: None = None, /) -> V | None: ...
    @overload
    def get(self, key: str, default: V, /) -> V: ...
    @overload
    def get(self, key: str, default: D, /) -> V | D: ...
    def get(self, key: str, default: Any = None, /) -> Any:
        value = dict.get(self, key)
        if value is None:
            value = self._below(key)
        return default if value is None else value

    def __contains__(self, key: object) -> bool:
        return dict.__contains__(self, key) or self._below(str(key)) is not None

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        self.discard(key)

    def discard(self, key: str) -> None:
        """Delete a row, without a look whether it is there."""
        dict.pop(self, key, None)
        self._gone.add(key)

    def pop(self, key: str, default: Any = _MISSING, /) -> Any:
        value = self.get(key)
        if value is not None:
            del self[key]
            return value
        if default is _MISSING:
            raise KeyError(key)
        return default

    def setdefault(self, key: str, default: Any = None, /) -> Any:
        value = self.get(key)
        if value is None:
            self[key] = value = default
        return value

    def range(self, low: str, high: str) -> Iterator[tuple[str, V]]:
        """Rows with low <= key < high, in key order, this transaction's own writes among them."""
        written: dict[str, V | None] = {}
        for layer in (*self._cache.uncommitted(), self._chunk, dict.fromkeys(self._gone), dict(dict.items(self))):
            written.update((key, value) for key, value in layer.items() if low <= key < high)
        stored = ((key, value) for key, value in self._cache.scan(low, high) if key not in written)
        for key, value in heapq.merge(stored, sorted(written.items(), key=_by_key), key=_by_key):
            if value is not None:
                yield key, value

    def refuse_too_large(self) -> None:
        """Raises RowTooLargeError for what the record in hand wrote: costs an encoding of each row."""
        table = self._cache.table
        for key, row in (*dict.items(self), *dict.fromkeys(self._gone).items()):
            size = len((table.prefix + key).encode()) + len(msgspec.json.encode(row))
            if size > MAX_RECORD_BYTES:
                raise RowTooLargeError(
                    f"row {key[:100]!r} of {table.name} needs {size} bytes; there is room for {MAX_RECORD_BYTES}"
                )

    def release(self) -> None:
        """The record succeeded: its writes become the chunk's."""
        if self._gone:
            self._chunk.update(dict.fromkeys(self._gone))
            self._gone.clear()
        self._chunk.update(self)
        dict.clear(self)

    def rollback(self) -> None:
        """The record failed: its writes never were."""
        self._gone.clear()
        dict.clear(self)

    def changes(self) -> dict[str, V | None]:
        """What the chunk wrote; None: deleted. The view is of no more use then."""
        return self._chunk

    def _refuse(self, *_args: object) -> NoReturn:
        raise TypeError("a table is not walked inside a transaction; use range(low, high)")

    # __iter__ stays a dict's: with another one, dict.update leaves its fast path, and release() is on the hot path.
    __len__ = keys = values = items = popitem = clear = copy = _refuse  # refused on purpose

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"<Rows of {self._cache}>"


def _by_key(item: tuple[str, Any]) -> str:
    return item[0]
