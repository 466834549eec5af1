"""The Kafkas that scenarios run against: one broker, three with three copies of everything, one behind a bad line."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agents.chaos.line import Line
from streams.broker import EmbeddedKafka
from streams.broker.config import HOST, free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager


@dataclass(frozen=True)
class Cluster:
    """A Kafka that runs; `bootstrap` is where clients find it, `line` what lies between, if it is a bad one."""

    kafka: EmbeddedKafka
    bootstrap: str
    replication: int = 1
    line: Line | None = None

    @property
    def connection(self) -> dict[str, Any]:
        return {"bootstrap_servers": self.bootstrap}


@asynccontextmanager
async def one() -> AsyncIterator[Cluster]:
    """A single broker."""
    async with _running(EmbeddedKafka()) as kafka:
        yield Cluster(kafka, kafka.bootstrap)


@asynccontextmanager
async def three() -> AsyncIterator[Cluster]:
    """Three brokers, of which one may fail."""
    async with _running(EmbeddedKafka(3)) as kafka:
        yield Cluster(kafka, kafka.bootstrap, replication=3)


@asynccontextmanager
async def behind_a_line() -> AsyncIterator[Cluster]:
    """A single broker whose advertised address is one end of a line that scenarios make slow."""
    port = free_port()
    async with Line(port) as line:
        address = f"{HOST}:{line.port}"
        async with _running(
            EmbeddedKafka(port=port, properties={"advertised.listeners": f"PLAINTEXT://{address}"})
        ) as kafka:
            yield Cluster(kafka, address, line=line)


CLUSTERS: dict[str, Callable[[], AbstractAsyncContextManager[Cluster]]] = {
    "one": one,
    "three": three,
    "line": behind_a_line,
    "shop": one,  # a Kafka of its own, since a shop's topics have fixed names
    "insights": one,
}


@asynccontextmanager
async def _running(kafka: EmbeddedKafka) -> AsyncIterator[EmbeddedKafka]:
    await asyncio.to_thread(kafka.start)
    try:
        yield kafka
    finally:
        await asyncio.to_thread(kafka.stop)
