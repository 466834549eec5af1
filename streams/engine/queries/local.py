"""The committed rows of the partitions that this worker owns.

Reads go past the cache, which holds what is not committed yet, to the store. A long scan is cut into slices with a rest
between them, so that chunks and heartbeats go on; each slice seeks anew, because the partition may be gone by then.
"""

from __future__ import annotations

import asyncio
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeVar

from streams.engine.partitioner import Partitioner
from streams.engine.queries.errors import NotServingError, UnknownTableError
from streams.engine.queries.standing import Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streams.engine.app import ServiceApp
    from streams.engine.service import Table
    from streams.engine.store import Store

V = TypeVar("V")

SLICE_ROWS = 200  # read at once: well under a millisecond


class Found(NamedTuple):
    """A row, and where it was. Sorts by key; a key may be in several partitions."""

    key: str
    partition: int
    row: Any


class StoredRows:
    """The committed rows of a table in one partition, as windows read them."""

    def __init__(self, table: Table[Any], store: Store) -> None:
        self._table, self._store = table, store

    def get(self, key: str, /) -> Any:
        raw = self._store.get(f"{self._table.prefix}{key}".encode())
        return None if raw is None else self._table.decode(raw)

    def range(self, low: str, high: str, /) -> Iterator[tuple[str, Any]]:
        """Rows with low <= key < high, in key order. Keep it short: it holds the event loop."""
        prefix = self._table.prefix
        for key, raw in self._store.scan(f"{prefix}{low}".encode(), f"{prefix}{high}".encode()):
            yield key.decode()[len(prefix) :], self._table.decode(raw)

    def __setitem__(self, key: str, row: Any, /) -> NoReturn:
        raise TypeError("a view does not write")

    def __delitem__(self, key: str, /) -> NoReturn:
        raise TypeError("a view does not write")


class Local:
    """Reads what the tasks of an app have in their stores."""

    def __init__(self, app: ServiceApp) -> None:
        self._app = app
        self.standing = Standing(app)
        self._partitioner = Partitioner(lambda _topic: app.service.partitions)

    @property
    def service(self) -> str:
        """The name of the service."""
        return str(self._app.service.name)

    def restored(self) -> list[tuple[int, int | None]]:
        """Each partition that was given to this worker, and the changelog offset that its rows have reached."""
        return [(partition, task.store.offset) for partition, task in sorted(self._app.tasks.items())]

    def tables(self) -> list[Table[Any]]:
        """What the service remembers."""
        return list(self._app.service.remembers)

    def all_partitions(self) -> list[int]:
        """Those of all workers together."""
        return list(range(self._app.service.partitions))

    def table(self, name: str) -> Table[Any]:
        """The table of that name. Raises UnknownTableError."""
        for table in self._app.service.remembers:
            if table.name == name:
                return table
        known = ", ".join(table.name for table in self._app.service.remembers) or "none"
        raise UnknownTableError(f"{self._app.service.name} has no table {name!r}; it has {known}")

    def partition_of(self, key: str) -> int:
        """The partition of the records with this key, and so of the rows that they make."""
        return self._partitioner.partition("", key.encode(), 0)

    def partitions(self) -> list[int]:
        """Those that this worker serves. Raises NotServingError."""
        self.standing.session()
        return sorted(self._app.tasks)

    def get(self, table: Table[V], key: str, partition: int) -> V | None:
        """One row; None: there is none. Raises NotServingError."""
        row: V | None = self.rows(table, partition).get(key)
        return row

    def rows(self, table: Table[Any], partition: int) -> StoredRows:
        """The rows of a table in one partition. Raises NotServingError."""
        return StoredRows(table, self._store(partition))

    async def page(self, table: Table[Any], low: str, high: str | None, limit: int) -> tuple[list[Found], bool]:
        """The first rows with low <= key < high over all own partitions, in key order; True when there are more.

        Rows that share the last key are never parted, so there may be a few more than `limit`.

        Raises:
            NotServingError: partitions came or went meanwhile.
        """
        session = self.standing.session()
        found: list[Found] = []
        for partition in self.partitions():
            found += await self._scan(table, partition, low, high, limit + 1)
            if self.standing.session() != session:
                raise NotServingError("partitions came or went while their rows were read; ask again")
        return merged(found, limit)

    async def _scan(self, table: Table[Any], partition: int, low: str, high: str | None, limit: int) -> list[Found]:
        after = f"{table.prefix}{low}".encode()
        until = _end(table) if high is None else f"{table.prefix}{high}".encode()
        found: list[Found] = []
        while len(found) < limit:
            rows = list(islice(self._store(partition).scan(after, until), min(SLICE_ROWS, limit - len(found))))
            found += [Found(key.decode()[len(table.prefix) :], partition, table.decode(raw)) for key, raw in rows]
            if not rows:
                break
            after = rows[-1][0] + b"\0"
            await asyncio.sleep(0)
        return found

    def _store(self, partition: int) -> Store:
        self.standing.session()
        task = self._app.tasks.get(partition)
        if task is None:
            raise NotServingError(f"partition {partition} is not here any more; ask again")
        return task.store


def merged(found: Iterable[Found], limit: int) -> tuple[list[Found], bool]:
    """The first `limit` rows by key, with all that share the last one's key; True when some are left over."""
    rows = sorted(found, key=lambda row: (row.key, row.partition))
    end = min(limit, len(rows))
    while 0 < end < len(rows) and rows[end].key == rows[end - 1].key:
        end += 1
    return rows[:end], end < len(rows)


def _end(table: Table[Any]) -> bytes:
    """The first key behind all keys of a table."""
    prefix = table.prefix.encode()
    return prefix[:-1] + bytes([prefix[-1] + 1])
