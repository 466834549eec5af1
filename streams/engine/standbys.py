"""Warm copies of other workers' partitions, so that a takeover need not replay a whole changelog.

Faust's assignor chooses which partitions a worker is standby for, and makes a standby the owner when the owner is
lost. Meanwhile its store follows the changelog; at the takeover only what is missing is read (`recovery.py`).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from aiokafka.structs import TopicPartition

from streams.engine.fetching import take
from streams.engine.recovery import apply, changelog_reader, fit
from streams.engine.store import RocksStore

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.engine.app import ServiceApp

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5


class Standbys:
    """The standby partitions of one worker.

    Attributes:
        partitions: those that are followed now.
    """

    def __init__(self, app: ServiceApp) -> None:
        self._app = app
        self._following: asyncio.Task[None] | None = None
        self.partitions: frozenset[int] = frozenset()

    def follow(self, partitions: Iterable[int]) -> None:
        """Keep copies of these partitions from now on. The owner's stores must not be among them."""
        self.partitions = frozenset(partitions)
        if self.partitions:
            self._following = asyncio.get_running_loop().create_task(self._follow(), name="standbys")

    async def release(self) -> None:
        """Stop, and close the copies: a rebalance may make this worker their owner."""
        self.partitions = frozenset()
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
            self._following = None

    async def _follow(self) -> None:
        changelog, path = self._app.service.changelog, self._app.place.path
        stores = {TopicPartition(changelog, p): RocksStore(path / f"{p}") for p in sorted(self.partitions)}
        try:
            async with changelog_reader(self._app, await fit(self._app, stores)) as consumer:
                log.info("%s follows partitions %s as a standby", self._app.service.name, sorted(self.partitions))
                while True:
                    for tp, lump in (await take(consumer, None, seconds=POLL_SECONDS)).items():
                        apply(stores[tp], lump)
                        await asyncio.sleep(0)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 -- a worker lives without its copies; the takeover is slower
            log.warning("%s no longer follows its standby partitions: %s", self._app.service.name, error)
        finally:
            for store in stores.values():
                store.close()
