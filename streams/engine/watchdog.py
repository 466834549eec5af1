"""Notices a partition that stands still while records wait, says so, and ends a worker that does not recover.

"The process is there" is no sign of life: what counts is that each partition's committed position moves when its end
does. `queries/standing.py` shows what is found here to whoever asks whether the worker is ready.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from streams.engine.committer import NO_SESSION
from streams.engine.errors import StuckPartitionError

if TYPE_CHECKING:
    from aiokafka.structs import TopicPartition

    from streams.engine.app import ServiceApp

log = logging.getLogger(__name__)

CHECK_SECONDS = 2.0
WARN_SECONDS = 20.0  # far longer than a transaction with all its retries in good times
GIVE_UP_SECONDS = 120.0  # longer than brokers take to elect leaders anew; a restart may help, waiting has not


class Watchdog:
    """Watches the source partitions of one worker.

    Attributes:
        stuck: source partitions that stand still, each with the seconds since they last moved.
    """

    def __init__(self, app: ServiceApp) -> None:
        self._app = app
        self._moved: dict[TopicPartition, tuple[int, float]] = {}  # committed position, and since when
        self._warned: set[TopicPartition] = set()
        self.stuck: dict[TopicPartition, float] = {}

    async def run(self) -> None:
        """Look now and then, until cancelled."""
        while self._app.failure is None:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                self.look(time.monotonic())
            except StuckPartitionError as error:
                self._app.fail(error)

    def look(self, now: float) -> None:
        """Compare each partition with how it was. Times are seconds of one steady clock.

        Raises:
            StuckPartitionError: one has stood still for too long.
        """
        committer = self._app.committer
        if committer.session == NO_SESSION:
            self._moved.clear()
        waiting = self._waiting() if committer.session != NO_SESSION else {}
        self._moved = {tp: self._since(tp, position, now) for tp, position in waiting.items()}
        self.stuck = {tp: now - at for tp, (_, at) in self._moved.items() if now - at >= WARN_SECONDS}
        for tp in self.stuck.keys() - self._warned:
            log.warning("%s-%d stands still at offset %d, though records wait", *tp, self._moved[tp][0])
        self._warned = set(self.stuck)
        for tp, seconds in self.stuck.items():
            if seconds >= GIVE_UP_SECONDS:
                raise StuckPartitionError(f"{tp.topic}-{tp.partition} has stood still for {seconds:.0f} s")

    def _waiting(self) -> dict[TopicPartition, int]:
        """Partitions with records that are not committed yet: their committed positions."""
        found = {}
        for tp, position in self._app.committer.committed.items():
            end = self._app.consumer.highwater(tp)
            if end is not None and position < end:
                found[tp] = position
        return found

    def _since(self, tp: TopicPartition, position: int, now: float) -> tuple[int, float]:
        before = self._moved.get(tp)
        return before if before is not None and before[0] == position else (position, now)
