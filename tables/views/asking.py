"""One row for one request: found here, or passed on to the worker that owns its key.

A page writes `row = await look(table, key)`. If the key is another worker's, the request goes there as it came, and
the other's answer is the answer. Every reply says how far behind its rows are.
"""

from typing import Annotated, Any, TypeVar

from fastapi import Depends, FastAPI, Query, Request, Response

from streams.engine import Table
from streams.engine.queries import (
    Local,
    OwnedElsewhereError,
    Peers,
    Position,
    QueryError,
    StoredRows,
    UnreadablePositionError,
)
from tables.views.problems import STATUS, NoSuchRowError, problem

V = TypeVar("V")

PARTITION, POSITION, LAG, WORKER = "X-Millrace-Partition", "X-Millrace-Position", "X-Millrace-Lag", "X-Millrace-Worker"
UNKNOWN = "unknown"  # a lag, until every source has been fetched from and committed
PASSED_BACK = ("content-type", "retry-after", PARTITION.lower(), POSITION.lower(), LAG.lower(), WORKER.lower())


class Site:
    """What pages read from: the rows of this worker, and the other workers."""

    def __init__(self, local: Local, peers: Peers, url: str) -> None:
        self.local, self.peers, self.url = local, peers, url

    async def close(self) -> None:
        """Let go of the connections to other workers."""
        await self.peers.close()

    def standing(self, partitions: list[int]) -> dict[str, str]:
        """Headers that say which partitions an answer is from, the next offsets they wait for, and their lag."""
        standing = self.local.standing
        positions = [position for partition in partitions for position in standing.positions(partition)]
        lag = standing.behind(partitions)
        return {
            PARTITION: ",".join(map(str, partitions)),
            POSITION: ", ".join(map(str, positions)),
            LAG: UNKNOWN if lag is None else str(lag),
            WORKER: self.url,
        }


def site_of(request: Request) -> Site:
    """The site that the app was made for."""
    site: Site = request.app.state.site
    return site


def target_of(request: Request) -> bytes:
    """The raw path and query of a request, to ask another worker the same."""
    query = request.scope["query_string"]
    path: bytes = request.scope.get("raw_path") or request.url.path.encode()
    return path + b"?" + query if query else path


async def wait_for(
    position: Annotated[
        str | None,
        Query(
            alias="wait_for",
            description="`topic:partition:offset` of a record, as the intake tells it: the answer waits until the rows"
            " hold what that record did, so that one reads one's own write.",
            examples=["orders:2:17"],
        ),
    ] = None,
) -> Position | None:
    """The position that the request wants to see."""
    return None if position is None else Position.read(position)


WaitFor = Annotated[Position | None, Depends(wait_for)]


class Look:
    """Finds a row for one request."""

    def __init__(self, request: Request, response: Response, wanted: WaitFor) -> None:
        self._request, self._response, self._wanted = request, response, wanted
        self._site = site_of(request)

    async def __call__(self, table: Table[V], key: str, *, by: str | None = None) -> V:
        """The committed row.

        Args:
            table: of this service.
            key: of the row.
            by: the key of the records that made the row, where that is not the row's own.

        Raises:
            NoSuchRowError: there is none.
            OwnedElsewhereError: another worker has it; the app passes the request on.
        """
        row: V | None = (await self.rows(table, key if by is None else by)).get(key)
        if row is None:
            raise NoSuchRowError(f"{table.name} has no {key!r}")
        return row

    async def rows(self, table: Table[Any], by: str) -> StoredRows:
        """The committed rows of a table in the partition of this key. Raises OwnedElsewhereError."""
        local = self._site.local
        partition = local.partition_of(by)
        local.standing.session()
        self._site.peers.check_own(partition)
        if self._wanted is not None:
            await self._reach(self._wanted, partition)
        rows = local.rows(table, partition)
        self._request.state.standing = self._site.standing([partition])
        self._response.headers.update(self._request.state.standing)
        return rows

    async def _reach(self, wanted: Position, partition: int) -> None:
        if wanted.partition != partition:
            raise UnreadablePositionError(
                f"{wanted} feeds other rows: this key belongs to partition {partition}, so wait for a position there"
            )
        await self._site.local.standing.reach(wanted)


Looking = Annotated[Look, Depends(Look)]


async def _pass_on(request: Request, error: Exception) -> Response:
    assert isinstance(error, OwnedElsewhereError)
    peers, target, body = site_of(request).peers, target_of(request), await request.body()
    try:
        answer = await peers.forward(error.url, request.method, target, request.headers.items(), body)
    except QueryError as refusal:
        return problem(STATUS[type(refusal)], str(refusal))
    headers = {name: value for name, value in answer.headers.items() if name.lower() in PASSED_BACK}
    return Response(answer.body, answer.status, headers)


def install(api: FastAPI, site: Site) -> None:
    """Let the app's pages read from this site."""
    api.state.site = site
    api.add_exception_handler(OwnedElsewhereError, _pass_on)
