"""Partitions come and go: what a worker does before it reads on.

Faust asks its TableManager to do this after every rebalance; `Recoverer` is ours. The order is what makes it right:

1. The group's stable offsets (KIP-447): answered only when no open transaction can still move them, so whatever the
   previous owner was committing is decided.
2. The changelog up to its high watermark (`recovery.py`): it holds every row of every transaction decided by then.
3. Only then the seek, and chunks flow.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from aiokafka.structs import TopicPartition
from faust.tables import manager
from faust.tables import recovery as faust_recovery

from streams.engine.errors import TopologyError
from streams.engine.recovery import recover
from streams.engine.writer import Member

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.engine.app import ServiceApp

log = logging.getLogger(__name__)


class Recoverer(manager.TableManager):
    """Faust's table manager without Faust's tables: it opens, fills and closes the tasks of this worker."""

    app: ServiceApp

    def __init__(self, app: ServiceApp, **kwargs: Any) -> None:
        super().__init__(app, **kwargs)
        self._session = 0
        self._resumption: Resumption | None = None
        self._running: asyncio.Task[None] | None = None

    @property
    def recovery(self) -> Resumption:
        """What Faust waits on while partitions are being recovered."""
        if self._resumption is None:
            self._resumption = Resumption(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._resumption

    async def on_start(self) -> None:
        self._tables_finalized.set()
        self._tables_registered.set()
        await self.recovery.start()

    async def on_stop(self) -> None:
        self._cancel()
        await self.recovery.stop()

    def on_partitions_revoked(self, revoked: set[Any]) -> None:  # noqa: ARG002 -- Faust's signature
        """A rebalance begins, or the end: recovery that is under way has become pointless.

        The flow stops here, since Faust lets it go on in a worker without partitions, which may get some.
        """
        self._cancel()
        self.app.consumer.stop_flow()

    async def on_rebalance(
        self,
        assigned: set[Any],
        revoked: set[Any],  # noqa: ARG002 -- Faust calls it
        newly_assigned: set[Any],  # noqa: ARG002
        generation_id: int = 0,  # noqa: ARG002
    ) -> None:
        """Partitions were assigned. Returns at once: the consumer's callback may not take long."""
        self._cancel()
        self._running = self.loop.create_task(self._resume(assigned), name="recovery")

    def start_over(self) -> None:
        """A transaction came to nothing: read on from the group's stable offsets, as after a rebalance."""
        self._cancel()
        self.app.consumer.stop_flow()
        self._running = self.loop.create_task(self._resume(self.app.consumer.assignment()), name="recovery")

    def _cancel(self) -> None:
        if self._running is not None:
            self._running.cancel()
            self._running = None

    async def _resume(self, assigned: Iterable[Any]) -> None:
        app = self.app
        try:
            generation, member_id = app.consumer.membership()
            app.committer.end()
            if generation < 0:
                return  # put out of the group, which calls back once this worker has joined it again
            self._session += 1
            sources = [TopicPartition(tp.topic, tp.partition) for tp in assigned]
            check_sources(app, sources)
            positions = await stable_positions(app, sources)
            await app.standbys.release()
            self._keep_only({tp.partition for tp in sources})
            await recover(
                app, {TopicPartition(app.service.changelog, p): app.tasks[p].store for p in sorted(app.tasks)}
            )
            await app.consumer.begin(positions)
            for task in app.tasks.values():
                task.forget()  # what an agent may have read meanwhile was of a store half filled
            app.committer.begin(self._session, Member(app.service.name, generation, member_id, None), positions)
            app.place.remember_member(member_id)
            await app.resume(set(assigned))
            app.standbys.follow({tp.partition for tp in app.assignor.assigned_standbys()} - set(app.tasks))
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 -- a worker that cannot recover must not go on
            app.fail(error)

    def _keep_only(self, partitions: set[int]) -> None:
        """Close the tasks that went elsewhere, forget the caches of those that stay, open the new ones."""
        tasks = self.app.tasks
        for partition in set(tasks) - partitions:
            tasks.pop(partition).close()
        for task in tasks.values():
            task.forget()
        for partition in sorted(partitions - set(tasks)):
            tasks[partition] = self.app.open_task(partition)


class Resumption(faust_recovery.Recovery):
    """Faust's recovery service with nothing to do: it only tells when the first recovery is complete."""

    @faust_recovery.Service.task
    async def _restart_recovery(self) -> None: ...

    @faust_recovery.Service.task
    async def _slurp_changelogs(self) -> None: ...

    @faust_recovery.Service.task
    async def _publish_stats(self) -> None: ...

    async def on_stop(self) -> None: ...


def check_sources(app: ServiceApp, assigned: Iterable[TopicPartition]) -> None:
    """A task has one worker. Workers that read different topics are spread topic by topic, and would share its rows.

    Raises:
        TopologyError: another worker has a source topic of one of our partitions.
    """
    ours = {(tp.topic, tp.partition) for tp in assigned}
    partitions = {partition for _, partition in ours}
    for url, topics in app.assignor.external_topic_distribution.items():
        for topic, partition in ((topic, p) for topic, found in topics.items() for p in found if p in partitions):
            if (topic, partition) not in ours:
                raise TopologyError(
                    f"partition {partition} of {topic} is read at {url}, other topics of it here: the workers do not "
                    f"read the same topics; stop all workers of {app.service.name} before new ones start"
                )


async def stable_positions(app: ServiceApp, sources: list[TopicPartition]) -> dict[TopicPartition, int]:
    """Where to read each source partition from: the stable committed offset, or the beginning; never nowhere."""
    committed = await app.writer.stable_offsets(app.service.name, sources)
    first = await app.writer.earliest_offsets(sources)
    positions = {}
    for tp in sources:
        offset = committed.get(tp, -1)
        if 0 <= offset < first[tp]:
            log.error("%s-%s: records %d to %d were removed before they were read", *tp, offset, first[tp] - 1)
        positions[tp] = max(offset, first[tp])
    return positions
