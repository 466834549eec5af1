"""The rows of a partition: a decoded cache over RocksDB, and the write batches that follow a commit.

RocksDB may only be behind the changelog, which recovery repairs, never ahead of it, which nothing repairs: so it is
written after the Kafka transaction, in one atomic batch with the changelog offset reached. Uncommitted rows live in the
cache and in `Task.pending` until then. `rows.py` lies above; `recovery.py` fills a store from its changelog.
"""

from __future__ import annotations

import bisect
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import rocksdict

from streams.engine.errors import StoreError
from streams.engine.service import Table

if TYPE_CHECKING:
    from pathlib import Path

OFFSET_KEY = b"\0changelog-offset"  # the next changelog offset to apply: meta keys begin with NUL, rows never do
TOPIC_ID_KEY = b"\0changelog-topic-id"
BLOCK_CACHE_BYTES = 64 << 20  # one for the process, shared by all partitions
WRITE_BUFFER_BYTES = 16 << 20
BLOOM_BITS_PER_KEY = 10.0  # about 1 % false positives
ROW_OVERHEAD_BYTES = 350  # a decoded row and its key as Python objects, beyond their encoded size; measured
DEFAULT_CACHE_BYTES = 96 << 20

Write = tuple[bytes, bytes | None]


class Store(Protocol):
    """Committed rows of one partition, as bytes."""

    def get(self, key: bytes) -> bytes | None: ...
    def scan(self, low: bytes, high: bytes) -> Iterator[tuple[bytes, bytes]]: ...
    def write(self, rows: Iterable[Write], *, offset: int) -> None: ...
    @property
    def offset(self) -> int | None: ...
    @property
    def topic_id(self) -> str | None: ...
    def reset(self, topic_id: str) -> None: ...
    def close(self) -> None: ...


class RocksStore:
    """One RocksDB per partition."""

    _block_cache: rocksdict.Cache | None = None

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open()

    def _open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        options = self._options()
        # rocksdict forgets the cache and the bloom filter on reopen unless the column family is named
        self._db = rocksdict.Rdict(str(self._path), options=options, column_families={"default": options})

    @classmethod
    def _options(cls) -> rocksdict.Options:
        if cls._block_cache is None:
            cls._block_cache = rocksdict.Cache(BLOCK_CACHE_BYTES)
        blocks = rocksdict.BlockBasedOptions()
        blocks.set_block_cache(cls._block_cache)
        blocks.set_bloom_filter(BLOOM_BITS_PER_KEY, False)
        blocks.set_cache_index_and_filter_blocks(True)
        options = rocksdict.Options(raw_mode=True)
        options.create_if_missing(True)
        options.set_block_based_table_factory(blocks)
        options.set_write_buffer_size(WRITE_BUFFER_BYTES)
        options.set_max_write_buffer_number(2)
        options.set_keep_log_file_num(2)
        options.set_max_open_files(128)
        return options

    def get(self, key: bytes) -> bytes | None:
        value: bytes | None = self._db.get(key)
        return value

    def scan(self, low: bytes, high: bytes) -> Iterator[tuple[bytes, bytes]]:
        rows = self._db.iter()
        rows.seek(low)
        while rows.valid() and (key := rows.key()) < high:
            yield key, rows.value()
            rows.next()

    def write(self, rows: Iterable[Write], *, offset: int) -> None:
        batch = rocksdict.WriteBatch(raw_mode=True)
        put, delete = batch.put, batch.delete
        for key, value in rows:
            if value is None:
                delete(key)
            else:
                put(key, value)
        put(OFFSET_KEY, b"%d" % offset)
        self._db.write(batch)

    @property
    def offset(self) -> int | None:
        raw = self._db.get(OFFSET_KEY)
        return None if raw is None else int(raw)

    @property
    def topic_id(self) -> str | None:
        raw = self._db.get(TOPIC_ID_KEY)
        return None if raw is None else raw.decode()

    def reset(self, topic_id: str) -> None:
        """Forget every row: the changelog will be read from its beginning."""
        self._db.close()
        rocksdict.Rdict.destroy(str(self._path), options=self._options())
        self._open()
        self._db[TOPIC_ID_KEY] = topic_id.encode()

    def close(self) -> None:
        self._db.close()


class MemoryStore:
    """The same, in memory: for the driver."""

    def __init__(self) -> None:
        self.rows: dict[bytes, bytes] = {}
        self._keys: list[bytes] | None = None  # in order; None: not wanted so far
        self._offset: int | None = None
        self._topic_id: str | None = None

    def get(self, key: bytes) -> bytes | None:
        return self.rows.get(key)

    def scan(self, low: bytes, high: bytes) -> Iterator[tuple[bytes, bytes]]:
        if self._keys is None:
            self._keys = sorted(self.rows)
        found = self._keys[bisect.bisect_left(self._keys, low) : bisect.bisect_left(self._keys, high)]
        yield from [(key, self.rows[key]) for key in found]  # all at once: like RocksDB's, it sees no later writes

    def write(self, rows: Iterable[Write], *, offset: int) -> None:
        if self._keys is None:
            for key, value in rows:
                self._put(key, value)
        else:
            for key, value in rows:
                self._keep_order(self._keys, key, there=value is not None)
                self._put(key, value)
        self._offset = offset

    def _put(self, key: bytes, value: bytes | None) -> None:
        if value is None:
            self.rows.pop(key, None)
        else:
            self.rows[key] = value

    def _keep_order(self, keys: list[bytes], key: bytes, *, there: bool) -> None:
        if there and key not in self.rows:
            bisect.insort(keys, key)
        elif not there and key in self.rows:
            del keys[bisect.bisect_left(keys, key)]

    @property
    def offset(self) -> int | None:
        return self._offset

    @property
    def topic_id(self) -> str | None:
        return self._topic_id

    def reset(self, topic_id: str) -> None:
        self.rows.clear()
        self._keys, self._offset, self._topic_id = None, None, topic_id

    def close(self) -> None: ...


Pending = deque[Mapping[Table[Any], Mapping[str, Any]]]


class RowCache(dict[str, Any]):
    """The newest rows of one table in one partition, decoded, committed or not; None: no such row.

    Two generations bound it: when the young one is full it becomes the old one, and what is still used moves over.
    Uncommitted rows are put back, since the store does not have them yet.
    """

    __slots__ = ("_decode", "_limit", "_old", "_pending", "_prefix", "_store", "table")

    def __init__(self, table: Table[Any], store: Store, pending: Pending, limit: int) -> None:
        super().__init__()
        self.table = table
        self._store, self._pending = store, pending
        self._prefix, self._decode = table.prefix, table.decode
        self._limit = limit  # rows per generation
        self._old: dict[str, Any] = {}

    def __missing__(self, key: str) -> Any:
        try:
            value = self._old[key]
        except KeyError:
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
        if len(self) > self._limit:
            self._old = dict(self)
            self.clear()
            for layer in self.uncommitted():
                self.update(layer)

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

    def rows_each(self, caches: int) -> int:
        """How many rows a generation of one of `caches` caches may hold: two generations share its part."""
        return max(1_000, self._total // (2 * max(caches, 1) * ROW_OVERHEAD_BYTES))
