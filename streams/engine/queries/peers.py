"""The other workers of a service: who owns which partition, and how to ask them.

Every member of the group knows from the last rebalance what every other one was given, and under which address it
answers. That knowledge can be old for a moment, so a request carries how often it was passed on and goes no further
than a few hops; whoever is asked answers for what it owns and for nothing else.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

import httpx

from streams.engine.queries.errors import NotServingError, OwnedElsewhereError, PeerUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from streams.engine.app import ServiceApp

HOPS = "x-millrace-hops"  # how often a request was passed on
OWN_ONLY = "x-millrace-own-only"  # asks for the worker's own rows: the asker gathers
MAX_HOPS = 2  # one that is right, one more while partitions move
TIMEOUT = httpx.Timeout(8.0, connect=2.0)  # seconds: longer than the owner may wait for a position
NOT_PASSED_ON = {"host", "connection", "content-length", "transfer-encoding", "keep-alive", "upgrade", "te", "trailer"}


class Answer(NamedTuple):
    """What another worker said."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Peers:
    """The workers of an app's group.

    Args:
        app: this worker's.
        headers: sent with what this worker asks on its own behalf, such as the secret that all workers share.
        transport: for tests; None: the network.
    """

    def __init__(
        self, app: ServiceApp, headers: Mapping[str, str], transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._app, self._headers = app, dict(headers)
        self._client = httpx.AsyncClient(timeout=TIMEOUT, transport=transport, trust_env=False)

    async def close(self) -> None:
        await self._client.aclose()

    def owners(self) -> dict[int, str]:
        """The address of the worker that was given each partition, this one among them."""
        source = self._app.service.reads[0].name
        distribution = self._app.assignor.external_topic_distribution
        return {partition: url for url, topics in distribution.items() for partition in topics.get(source, ())}

    def check_own(self, partition: int) -> None:
        """Pass if this worker owns the partition.

        Raises:
            OwnedElsewhereError: another one does.
            NotServingError: it is on its way from one to another.
        """
        if partition in self._app.tasks:
            return
        url = self.owners().get(partition)
        if url is None or url == self._app.config.url:
            raise NotServingError(f"partition {partition} is served by nobody at the moment; ask again")
        raise OwnedElsewhereError(partition, url)

    async def forward(
        self, url: str, method: str, target: bytes, headers: Iterable[tuple[str, str]], body: bytes
    ) -> Answer:
        """Pass a request on as it came: `target` is its raw path and query.

        Raises:
            NotServingError: it was passed on too often.
            PeerUnavailableError: no answer.
        """
        kept = [(name, value) for name, value in headers if name.lower() not in {*NOT_PASSED_ON, HOPS}]
        hops = 1 + next((int(value) for name, value in headers if name.lower() == HOPS and value.isdecimal()), 0)
        if hops > MAX_HOPS:
            raise NotServingError("partitions are being handed over; ask again in a moment")
        return await self._send(method, url, target, [*kept, (HOPS, str(hops))], body)

    async def gather(self, target: bytes) -> list[Answer]:
        """Ask every other worker for its own part of an answer; at once. Raises PeerUnavailableError."""
        urls = sorted(set(self.owners().values()) - {self._app.config.url})
        headers = [*self._headers.items(), (OWN_ONLY, "1")]
        return list(await asyncio.gather(*(self._send("GET", url, target, headers, b"") for url in urls)))

    async def _send(self, method: str, url: str, target: bytes, headers: list[tuple[str, str]], body: bytes) -> Answer:
        try:
            address = httpx.URL(url).copy_with(raw_path=target)
            answer = await self._client.request(method, address, headers=headers, content=body)
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise PeerUnavailableError(f"the worker at {url} does not answer ({reason}); ask again") from error
        return Answer(answer.status_code, answer.headers, answer.content)
