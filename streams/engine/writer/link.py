"""One request, one answer or none; and the patience to ask again.

Sockets, TLS, SASL and metadata are aiokafka's. What it lacks is here: a time limit per request that also closes the
connection (else the next request queues behind the lost one), and one word for the many ways in which no answer comes.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from aiokafka.client import ConnectionGroup
from aiokafka.conn import CloseReason
from aiokafka.errors import KafkaError

from streams.engine.writer.errors import WriterError, refusal

if TYPE_CHECKING:
    from collections import Counter

    from aiokafka.client import AIOKafkaClient

FIRST_WAIT_S = 0.002
"""CONCURRENT_TRANSACTIONS just after a commit is over within a millisecond or two."""

LONGEST_WAIT_S = 0.1
"""Leader elections take seconds; asking ten times a second costs nothing."""

GROWTH = 1.2
"""Slow: the most frequent wait, for the markers of the last transaction, is short, and fast growth overshoots it."""


class Link:
    """Requests to the nodes of one cluster."""

    def __init__(self, client: AIOKafkaClient, request_timeout_ms: int) -> None:
        self.client = client
        self.request_timeout_ms = request_timeout_ms

    async def ask(self, node: int, request: Any, group: ConnectionGroup = ConnectionGroup.DEFAULT) -> Any | None:
        """The answer of `node`, or None when none came: the node may or may not have acted on the request."""
        try:
            async with asyncio.timeout(self.request_timeout_ms / 1000):
                return await self.client.send(node, request, group=group)
        except TimeoutError:
            connection = self.client._conns.get((node, group))  # noqa: SLF001  # contract: tests/broker/writer
            if connection is not None:
                connection.close(reason=CloseReason.CONNECTION_TIMEOUT)
        except (KafkaError, OSError):
            pass
        return None

    async def ask_any(self, request: Any) -> Any | None:
        """The answer of some node of the cluster, or None."""
        node = self.client.get_random_node()
        return None if node is None else await self.ask(node, request)

    async def refresh(self) -> None:
        """Fetch the cluster's metadata again; a failure shows at the next request."""
        try:
            async with asyncio.timeout(self.request_timeout_ms / 1000):
                await self.client.force_metadata_update()
        except TimeoutError:
            pass


class Patience:
    """How often `where` was asked, how long to wait before the next time, and when to stop asking."""

    def __init__(self, where: str, give_up_s: float, retries: Counter[tuple[str, int]]) -> None:
        self.where, self.attempts = where, 1
        self._retries, self._wait_s, self._end = retries, FIRST_WAIT_S, time.monotonic() + give_up_s

    async def wait(self, code: int) -> None:
        """Sleep before the next attempt. Raises Retriable when there shall be none."""
        if time.monotonic() > self._end:
            raise self.refusal(code)
        self.attempts += 1
        self._retries[self.where, code] += 1
        await asyncio.sleep(self._wait_s)
        self._wait_s = min(self._wait_s * GROWTH, LONGEST_WAIT_S)

    def refusal(self, code: int, about: str = "") -> WriterError:
        """The exception for a code that ends the asking, about one partition perhaps."""
        return refusal(f"{self.where} {about}".rstrip(), code, attempts=self.attempts)
