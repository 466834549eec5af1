"""The committed rows of a partition, and the write batches that bring them to disk.

RocksDB may only be behind the changelog, which recovery repairs, never ahead of it, which nothing repairs: so rows come
here after their Kafka transaction. They are written a little later still, several transactions in one atomic batch with
the changelog offset reached: a row that changes in each of them is written once. Uncommitted rows live in the cache
(`cache.py`); `recovery.py` fills a store from its changelog.
"""

from __future__ import annotations

import bisect
import heapq
import logging
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Protocol

import rocksdict

from streams.engine.waiting import WaitingRows, Write, between

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

log = logging.getLogger(__name__)

OFFSET_KEY = b"\0changelog-offset"  # the next changelog offset to apply: meta keys begin with NUL, rows never do
TOPIC_ID_KEY = b"\0changelog-topic-id"
BLOCK_CACHE_BYTES = 32 << 20  # one for the process, shared by all partitions
WRITE_BUFFER_BYTES = 8 << 20  # per partition; then it goes to disk
WRITE_BUFFERS_BYTES = 32 << 20  # of all partitions together: beyond it the fullest goes to disk early
BLOOM_BITS_PER_KEY = 10.0  # about 1 % false positives
MANY_CHANGES = 1_000  # of one transaction: they do not wait, few of them would change again soon
BLOOM_SHARE = 0.02  # of a write buffer: dozens of bits per key, so that a key never written is hardly ever looked for


class Store(Protocol):
    """Committed rows of one partition, as bytes."""

    def get(self, key: bytes) -> bytes | None: ...
    def scan(self, low: bytes, high: bytes) -> Iterator[tuple[bytes, bytes]]: ...
    def write(self, rows: Collection[Write], *, offset: int) -> None: ...
    @property
    def offset(self) -> int | None: ...
    @property
    def topic_id(self) -> str | None: ...
    def reset(self, topic_id: str) -> None: ...
    def close(self) -> None: ...


class RocksStore:
    """One RocksDB per partition, behind the latest changes. What a reader sees is both."""

    _block_cache: rocksdict.Cache | None = None
    _write_buffers: rocksdict.WriteBufferManager | None = None

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open()

    def _open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        options = self._options()
        # rocksdict forgets the cache and the bloom filter on reopen unless the column family is named
        self._db = rocksdict.Rdict(str(self._path), options=options, column_families={"default": options})
        raw = self._db.get(OFFSET_KEY)
        self._offset = self._saved = None if raw is None else int(raw)
        self._waiting = WaitingRows()

    @classmethod
    def _options(cls) -> rocksdict.Options:
        if cls._block_cache is None:
            cls._block_cache = rocksdict.Cache(BLOCK_CACHE_BYTES)
            cls._write_buffers = rocksdict.WriteBufferManager(WRITE_BUFFERS_BYTES, False)
        blocks = rocksdict.BlockBasedOptions()
        blocks.set_block_cache(cls._block_cache)
        # Filters and indices stay outside the cache, two bytes per row: to find them in it took half of a look-up.
        blocks.set_bloom_filter(BLOOM_BITS_PER_KEY, False)
        options = rocksdict.Options(raw_mode=True)
        options.create_if_missing(True)
        options.set_block_based_table_factory(blocks)
        options.set_write_buffer_size(WRITE_BUFFER_BYTES)
        options.set_write_buffer_manager(cls._write_buffers)
        options.set_memtable_whole_key_filtering(True)
        options.set_memtable_prefix_bloom_ratio(BLOOM_SHARE)
        options.set_max_write_buffer_number(2)
        options.set_keep_log_file_num(2)
        options.set_max_open_files(128)
        return options

    def get(self, key: bytes) -> bytes | None:
        value: bytes | None
        if key in self._waiting:
            return self._waiting[key]
        value = self._db.get(key)
        return value

    def scan(self, low: bytes, high: bytes) -> Iterator[tuple[bytes, bytes]]:
        rows = self._db.iter()
        rows.seek(low)
        latest = self._waiting.between(low, high)
        return _merged(_until(rows, high), latest) if latest else _until(rows, high)

    def write(self, rows: Collection[Write], *, offset: int) -> None:
        if len(rows) >= MANY_CHANGES:
            self._save(chain(self._waiting.items(), rows), offset)
            self._offset = offset  # not before: after an error the rest would be saved under it
            return
        self._waiting.add(rows)
        self._offset = offset
        if self._waiting.are_enough:
            self._save(self._waiting.items(), offset)

    def _save(self, rows: Iterable[Write], offset: int) -> None:
        batch = rocksdict.WriteBatch(raw_mode=True)
        put, delete = batch.put, batch.delete
        # In key order each finds its place twice as fast as at random. Of one key, the latest stays the last.
        for key, value in sorted(rows, key=itemgetter(0)):
            if value is None:
                delete(key)
            else:
                put(key, value)
        put(OFFSET_KEY, b"%d" % offset)
        self._db.write(batch)
        self._waiting.written()
        self._saved = offset

    @property
    def offset(self) -> int | None:
        return self._offset

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
        try:
            if self._offset is not None and self._offset != self._saved:
                self._save(self._waiting.items(), self._offset)
        except Exception as error:  # noqa: BLE001 -- rocksdict raises it as it is
            log.warning("%s: the last rows were not written, the changelog has them (%s)", self._path, error)
        self._db.close()


def _until(rows: rocksdict.RdictIter, high: bytes) -> Iterator[tuple[bytes, bytes]]:
    while rows.valid() and (key := rows.key()) < high:
        yield key, rows.value()
        rows.next()


def _merged(rows: Iterable[tuple[bytes, bytes]], latest: Sequence[Write]) -> Iterator[tuple[bytes, bytes]]:
    """Rows in key order, with their latest changes, which are in key order, too."""
    changed = {key for key, _ in latest}
    unchanged = (row for row in rows if row[0] not in changed)
    return heapq.merge(unchanged, ((key, value) for key, value in latest if value is not None))


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
        found = [(key, self.rows[key]) for key in between(self._keys, low, high)]
        yield from found  # all at once: like RocksDB's, it sees no later writes

    def write(self, rows: Collection[Write], *, offset: int) -> None:
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
