"""How the command line writes to Kafka: idempotent, in batches, partitioned by key as every other client does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from agents.cli.errors import UserError
from agents.cli.reach import reach
from streams import topics
from streams.engine.topics import Plan, create

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Iterable
    from typing import Self

    from streams.settings import Kafka

LINGER_MS = 5
"""Waiting for company fills batches; nobody notices five milliseconds."""
BATCH_BYTES = 256 * 1024
UNCONFIRMED = 5_000
"""Records on their way before the sender waits for all of them."""


class Publisher:
    """Use it in an `async with`: missing topics are made at its beginning, and at its end the broker has everything.

    Raises:
        UserError: nobody answers, or a record was not taken.
    """

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka
        self._on_their_way: list[Future[Any]] = []

    async def __aenter__(self) -> Self:
        await reach(self._kafka)
        connection = self._kafka.client_arguments()
        await make_topics(self._kafka, topics.ALL)
        self._producer = AIOKafkaProducer(
            **connection, enable_idempotence=True, acks="all", linger_ms=LINGER_MS, max_batch_size=BATCH_BYTES
        )
        await self._producer.start()
        return self

    async def __aexit__(self, kind: object, *_error: object) -> None:
        try:
            if kind is None:
                await self.settle()
        finally:
            await self._producer.stop()

    async def send(self, topic: str, key: bytes | None, value: bytes) -> None:
        """Hand over one record; it is with the broker after `settle`."""
        self._on_their_way.append(await self._producer.send(topic, value, key=key))
        if len(self._on_their_way) >= UNCONFIRMED:
            await self.settle()

    async def settle(self) -> None:
        """Wait until the broker has everything."""
        waiting, self._on_their_way = self._on_their_way, []
        try:
            await asyncio.gather(*waiting)
        except KafkaError as error:
            raise UserError(f"Kafka at {self._kafka.bootstrap} did not take a record: {error!r}") from error


async def make_topics(kafka: Kafka, wanted: Iterable[topics.Topic]) -> list[str]:
    """Make those of the shop's topics that do not exist; returns their names."""
    plans = [Plan(topic.name, topic.partitions, topic.config) for topic in wanted]
    return await create(kafka.client_arguments(), plans, replication=kafka.replication)
