"""Feeds numbers while the world breaks, and remembers which ones the broker confirmed.

What the counting service must answer is read from its input topic, not from here: a send whose answer was lost may
have arrived. But a number that was confirmed must be there (see `judge.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

if TYPE_CHECKING:
    from random import Random

    from aiokafka.structs import RecordMetadata

KEYS = 60
RATE = 400
"""Numbers a second: enough for dozens of transactions a second, little enough that the workers are seldom behind."""
TICK_SECONDS = 0.02
JUNK = 0.005
"""Share of records that nobody can read: they must end among the dead letters, once."""
DISORDER = 0.1
"""Share of numbers that are sent again, and share that are held back, where the input is to be disorderly."""
HELD_BACK = 200
"""At most so many numbers overtake one that is held back."""
LONGEST_BATCH_MS = 60_000
"""How long a producer tries to deliver: longer than any broker of ours stays away."""


class Feeder:
    """Args: topic: what to feed; random: decides everything; disorderly: repeat some numbers and hold some back."""

    def __init__(self, bootstrap: str, topic: str, random: Random, *, disorderly: bool = False) -> None:
        self._bootstrap, self._topic, self._random, self._disorderly = bootstrap, topic, random, disorderly
        self._number = 0
        self._held: list[tuple[int, bytes, bytes]] = []  # due at this number, key, value
        self._waiting: set[asyncio.Future[RecordMetadata]] = set()
        self._task: asyncio.Task[None] | None = None
        self.confirmed: set[bytes] = set()  # values
        self.refused = 0

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(), name="feeder")

    async def stop(self) -> None:
        """Send what was held back, and wait for the broker's answers. Raises what ended the feeding."""
        if self._task is not None:
            task, self._task = self._task, None
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            enable_idempotence=True,
            acks="all",
            request_timeout_ms=LONGEST_BATCH_MS,
            retry_backoff_ms=50,
        )
        await producer.start()
        try:
            while True:
                await asyncio.sleep(TICK_SECONDS)
                for _ in range(round(RATE * TICK_SECONDS)):
                    await self._feed(producer)
        finally:
            for _, key, value in self._held:
                await self._send(producer, key, value)
            await asyncio.gather(*self._waiting, return_exceptions=True)
            await producer.stop()

    async def _feed(self, producer: AIOKafkaProducer) -> None:
        random, self._number = self._random, self._number + 1
        key = b"k%d" % random.randrange(KEYS)
        value = msgspec.json.encode({"id": str(self._number), "amount": random.randrange(100)})
        if random.random() < JUNK:
            value = b"junk %d" % self._number
        if self._disorderly and random.random() < DISORDER:
            self._held.append((self._number + random.randrange(HELD_BACK), key, value))
            if random.random() < 1 / 2:
                return  # late; else sent twice
        await self._send(producer, key, value)
        for late in [late for late in self._held if late[0] <= self._number]:
            self._held.remove(late)
            await self._send(producer, *late[1:])

    async def _send(self, producer: AIOKafkaProducer, key: bytes, value: bytes) -> None:
        answer = await producer.send(self._topic, value, key=key)
        self._waiting.add(answer)
        answer.add_done_callback(lambda done: self._take(value, done))

    def _take(self, value: bytes, answer: asyncio.Future[Any]) -> None:
        self._waiting.discard(answer)
        if answer.cancelled() or isinstance(answer.exception(), KafkaError):
            self.refused += 1
        else:
            answer.result()
            self.confirmed.add(value)
