"""Puts single events on Kafka, outside any transaction, and says where they came to lie.

An idempotent producer, made when the first event comes: most workers are never sent one. Kafka's silence is bounded:
then the asker is told that nobody knows, and may try again with the same idempotency key.
"""

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from streams.engine.queries import Position
from tables.views.problems import IntakeError, TooLargeError

if TYPE_CHECKING:
    from streams.engine.app import ServiceApp

SEND_SECONDS = 5.0  # for one event, the connection included: a leader that moves takes less, a client waits no longer
CLOSE_SECONDS = 2.0  # nobody waits for what is still on its way: its asker has been answered


class Sender:
    """Sends to the topics of an app's service."""

    def __init__(self, app: "ServiceApp") -> None:
        self._app = app
        self._producer: Any = None
        self._starting = asyncio.Lock()

    async def send(self, topic: str, key: bytes, value: bytes) -> Position:
        """Append one record; returns its place once all in-sync replicas have it.

        Raises:
            IntakeError: no answer in time; it may or may not have been appended.
            TooLargeError: Kafka takes no record that large.
        """
        if topic not in getattr(self._app, "counts", ()):  # else Kafka would make it, with settings of its own
            raise IntakeError(f"{self._app.service.name} is starting; try again in a moment")
        try:
            async with asyncio.timeout(SEND_SECONDS):
                producer = await self._started()
                place = await producer.send_and_wait(topic, value, key)
        except TimeoutError:
            raise IntakeError(
                f"Kafka did not answer within {SEND_SECONDS:g} s: the event may be there or not; "
                "try again with the same Idempotency-Key"
            ) from None
        except MessageSizeTooLargeError as error:
            raise TooLargeError(f"Kafka takes no event of {len(value)} bytes") from error
        except KafkaError as error:
            await self.close()
            raise IntakeError(
                f"Kafka did not take the event ({error}); try again with the same Idempotency-Key"
            ) from error
        return Position(place.topic, place.partition, place.offset)

    async def _started(self) -> Any:
        async with self._starting:
            if self._producer is None:
                producer = AIOKafkaProducer(**self._app.connection, enable_idempotence=True, acks="all")
                try:
                    await producer.start()
                except BaseException:
                    await _stopped(producer)
                    raise
                self._producer = producer
            return self._producer

    async def close(self) -> None:
        """Let go of the producer; the next event makes another."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await _stopped(producer)


async def _stopped(producer: Any) -> None:
    with contextlib.suppress(TimeoutError, KafkaError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await producer.stop()
