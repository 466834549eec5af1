"""`/tables`: any table of any service, row by row in key order, gathered from all workers.

A service that somebody adds is shown here with nothing written for it. Each worker is asked for its own rows, and the
answers are merged; every partition must have spoken once, or there is no answer. A page is not a snapshot: rows that
change while one turns pages show their newest committed state.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import JsonValue, ValidationError

from streams.engine.queries import Answer as Reply
from streams.engine.queries import Found, NotServingError, PeerUnavailableError, merged
from streams.engine.queries.peers import OWN_ONLY
from tables.views.answers import Answer
from tables.views.asking import LAG, PARTITION, POSITION, UNKNOWN, WaitFor, site_of, target_of
from tables.views.documents import refusals
from tables.views.problems import NoSuchRowError

router = APIRouter(tags=["tables"])

MAX_LIMIT = 1_000  # rows on a page: more would be megabytes, and hold the worker for long


class TableInfo(Answer):
    """A table of this service."""

    name: str
    row: str
    fields: list[str]


class Row(Answer):
    """One row as it is stored; the fields are those of its type."""

    key: str
    partition: int
    row: JsonValue


class Page(Answer):
    """Rows in key order; `next`, when there are more, is the `after` of the next page."""

    table: str
    rows: list[Row]
    next: str | None


def readable(value: Any) -> Any:
    """A row as JSON with the names of its fields, however compactly it is stored; bytes in base64."""
    if isinstance(value, msgspec.Struct):
        return {name: readable(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, Mapping):
        return {str(key): readable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [readable(item) for item in value]
    return msgspec.to_builtins(value)


class Gathering:
    """Collects the parts of one answer from this worker and the others."""

    def __init__(self, request: Request, response: Response, wanted: WaitFor) -> None:
        self._request, self._response, self._wanted = request, response, wanted
        self._site = site_of(request)
        self._own_only = OWN_ONLY in request.headers

    async def page(self, name: str, low: str, high: str | None, limit: int) -> Page:
        """The first rows of a range, from everywhere."""
        await self._reach()
        table = self._site.local.table(name)
        own, more = await self._site.local.page(table, low, high, limit)
        return await self._with_others(name, own, more=more, limit=limit)

    async def rows(self, name: str, key: str) -> Page:
        """All rows of a key: a key is in one partition, or in several where each keeps a row of its own."""
        await self._reach()
        local = self._site.local
        table = local.table(name)
        own = [(partition, local.get(table, key, partition)) for partition in local.partitions()]
        found = [Found(key, partition, row) for partition, row in own if row is not None]
        return await self._with_others(name, found, more=False, limit=MAX_LIMIT)

    async def _reach(self) -> None:
        standing, wanted = self._site.local.standing, self._wanted
        standing.session()
        if wanted is not None and wanted.partition in self._site.local.partitions():
            await standing.reach(wanted)

    async def _with_others(self, name: str, own: list[Found], *, more: bool, limit: int) -> Page:
        self._request.state.standing = headers = self._site.standing(self._site.local.partitions())
        found = [Found(key, partition, readable(row)) for key, partition, row in own]
        if not self._own_only:
            replies = await self._site.peers.gather(target_of(self._request))
            pages = [_page(reply) for reply in replies]
            headers.update(self._together([headers, *(reply.headers for reply in replies)]))
            found += [Found(row.key, row.partition, row.row) for page in pages for row in page.rows]
            found, cut = merged(found, limit)
            more = more or cut or any(page.next is not None for page in pages)
        self._response.headers.update(headers)
        rows = [Row(key=row.key, partition=row.partition, row=row.row) for row in found]
        return Page(table=name, rows=rows, next=rows[-1].key if more and rows else None)

    def _together(self, parts: list[Mapping[str, str]]) -> dict[str, str]:
        """One set of headers for an answer of many. Raises NotServingError: a partition did not speak, or twice."""
        spoken = sorted(
            int(partition) for part in parts for partition in part.get(PARTITION, "").split(",") if partition
        )
        if spoken != self._site.local.all_partitions():
            raise NotServingError("partitions are being handed over between the workers; ask again in a moment")
        lags = [part.get(LAG, UNKNOWN) for part in parts if part.get(PARTITION)]
        lag = UNKNOWN if UNKNOWN in lags else str(sum(map(int, lags)))
        positions = ", ".join(part[POSITION] for part in parts if part.get(POSITION))
        return {PARTITION: ",".join(map(str, spoken)), POSITION: positions, LAG: lag}


Gather = Annotated[Gathering, Depends(Gathering)]


def _page(reply: Reply) -> Page:
    if reply.status != 200:
        raise PeerUnavailableError(f"another worker answered {reply.status}: {reply.body.decode(errors='replace')}")
    try:
        return Page.model_validate_json(reply.body)
    except ValidationError as error:
        raise PeerUnavailableError(f"another worker answered what this one does not understand: {error}") from error


@router.get("/tables", responses=refusals())
async def list_tables(request: Request) -> list[TableInfo]:
    """The tables of this service."""
    return [
        TableInfo(name=table.name, row=getattr(table.row, "__name__", str(table.row)), fields=list(_fields(table.row)))
        for table in site_of(request).local.tables()
    ]


def _fields(row: Any) -> tuple[str, ...]:
    names: tuple[str, ...] = getattr(row, "__struct_fields__", ())
    return names


@router.get("/tables/{name}", responses=refusals(400, 404, 504))
async def list_rows(  # noqa: PLR0913 -- one argument per parameter of the query
    name: str,
    gather: Gather,
    *,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="rows on a page, about")] = 100,
    after: Annotated[str | None, Query(description="start behind this key: the `next` of the page before")] = None,
    low: Annotated[str, Query(description="only keys from here on")] = "",
    high: Annotated[str | None, Query(description="only keys below this")] = None,
) -> Page:
    """Rows of a table in key order, from all workers."""
    start = low if after is None else max(low, f"{after}\0")
    return await gather.page(name, start, high, limit)


@router.get("/tables/{name}/{key:path}", responses=refusals(400, 404, 504))
async def rows_of_key(name: str, key: str, gather: Gather, request: Request) -> Page:
    """The rows of one key: usually one, or one per partition where each keeps its own."""
    page = await gather.rows(name, key)
    if not page.rows and OWN_ONLY not in request.headers:
        raise NoSuchRowError(f"{name} has no {key!r}")
    return page
