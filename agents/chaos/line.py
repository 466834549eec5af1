"""A bad line to a broker: a relay on the loopback that is slow, stalls, and breaks.

It knows nothing of Kafka: bytes go through in order or not at all. `clusters.py` puts it before a broker.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Self

from streams.broker.config import HOST

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from random import Random

PIECE_BYTES = 16 * 1024
"""Delays are per piece, so the bandwidth is at most one piece per delay."""


class Line:
    """Args: upstream: port of the broker. `delay_seconds` and `port` (its own end) may be read; the former set."""

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self.delay_seconds = 0.0  # before each piece, in both directions
        self._open = asyncio.Event()
        self._open.set()
        self._connections: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, HOST, 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_reason: object) -> None:
        self._server.close()
        self.cut()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def cut(self) -> None:
        """Every connection breaks, whatever was on its way is lost."""
        for connection in self._connections:
            connection.cancel()

    async def stall(self, seconds: float) -> None:
        """Nothing moves for so long; connections stay open."""
        self._open.clear()
        await asyncio.sleep(seconds)
        self._open.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        ends = [writer]
        with contextlib.suppress(OSError, asyncio.CancelledError):
            up_reader, up_writer = await asyncio.open_connection(HOST, self._upstream)
            ends.append(up_writer)
            await first(self._carry(reader, up_writer), self._carry(up_reader, writer))
        for end in ends:
            end.transport.abort()
        self._connections.discard(task)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(PIECE_BYTES):
            await asyncio.sleep(self.delay_seconds)
            await self._open.wait()
            writer.write(piece)
            await writer.drain()


async def first(*jobs: Coroutine[Any, Any, None]) -> None:
    """Run until one of the jobs ends, then end the others."""
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def worsen(line: Line, random: Random) -> None:
    """Choose a new delay: mostly tens of milliseconds, now and then hardly any."""
    line.delay_seconds = random.choice((0.001, 0.02, 0.05, 0.1))
