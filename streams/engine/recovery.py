"""Partitions come: their rows are brought up to the changelog's end, then reading goes on from the stable offsets.

Faust asks its TableManager to do this after every rebalance; `Recoverer` is ours. The order is what makes it right:

1. The group's stable offsets (KIP-447): answered only when no open transaction can still move them, so whatever the
   previous owner was committing is decided.
2. The changelog up to its high watermark, read_committed: it holds every row of every transaction decided by then.
   Not the last stable offset: a commit marker may still be on its way to this partition.
3. Only then the seek, and chunks flow.

A store that does not fit its changelog (no offset, an offset beyond the end, another topic's) is rebuilt, with a log
line that says why: never served half empty.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import aiokafka
from aiokafka.structs import TopicPartition
from faust.tables import manager
from faust.tables import recovery as faust_recovery

from streams.engine.fetching import Lump, take
from streams.engine.store import Write
from streams.engine.topics import topic_identity
from streams.engine.writer import Member

if TYPE_CHECKING:
    from streams.engine.app import ServiceApp
    from streams.engine.task import Task

log = logging.getLogger(__name__)

FETCH_BYTES = 4 << 20  # per partition and fetch: recovery has the process to itself
POLL_SECONDS = 0.2
REPORT_SECONDS = 2.0  # between two log lines of a long recovery


class Recoverer(manager.TableManager):  # type: ignore[misc]  # Faust is untyped
    """Faust's table manager without Faust's tables: it opens, fills and closes the tasks of this worker."""

    app: ServiceApp

    def __init__(self, app: ServiceApp, **kwargs: Any) -> None:
        super().__init__(app, **kwargs)
        self._session = 0
        self._running: asyncio.Task[None] | None = None

    @property
    def recovery(self) -> Resumption:
        """What Faust waits on while partitions are being recovered."""
        if self._recovery is None:
            self._recovery = Resumption(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery

    async def on_start(self) -> None:
        self._tables_finalized.set()
        self._tables_registered.set()
        await self.recovery.start()

    def on_partitions_revoked(self, revoked: set[Any]) -> None:  # noqa: ARG002 -- Faust's signature
        """A rebalance begins, or the end: recovery that is under way has become pointless."""
        self._cancel()

    async def on_rebalance(
        self, assigned: set[Any], revoked: set[Any], newly_assigned: set[Any], generation_id: int = 0
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
            self._session += 1
            sources = [TopicPartition(tp.topic, tp.partition) for tp in assigned]
            positions = await stable_positions(app, sources)
            self._keep_only({tp.partition for tp in sources})
            await recover(app, [app.tasks[p] for p in sorted(app.tasks)])
            await app.consumer.begin(positions)
            app.committer.begin(self._session, Member(app.service.name, generation, member_id, None))
            app.place.remember_member(member_id)
            await app.resume(set(assigned))
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
            tasks[partition] = self.app.open_task(partition, len(partitions))


class Resumption(faust_recovery.Recovery):  # type: ignore[misc]  # Faust is untyped
    """Faust's recovery service with nothing to do: it only tells when the first recovery is complete."""

    @faust_recovery.Service.task
    async def _restart_recovery(self) -> None: ...

    @faust_recovery.Service.task
    async def _slurp_changelogs(self) -> None: ...

    @faust_recovery.Service.task
    async def _publish_stats(self) -> None: ...

    async def on_stop(self) -> None: ...


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


async def recover(app: ServiceApp, tasks: list[Task]) -> None:
    """Bring the stores of these tasks up to the end of the changelog."""
    topic = app.service.changelog
    partitions = [TopicPartition(topic, task.partition) for task in tasks]
    if not partitions:
        return
    first = await app.writer.earliest_offsets(partitions)
    ends = await app.writer.end_offsets(partitions, committed=False)
    topic_id = await topic_identity(app.client, topic)
    starts = {}
    for task, tp in zip(tasks, partitions, strict=True):
        reason = _misfit(task, topic_id, first[tp], ends[tp])
        if reason:
            log.warning(
                "partition %d of %s is rebuilt from its changelog: %s", task.partition, app.service.name, reason
            )
        if reason is not None:
            task.store.reset(topic_id)
        starts[tp] = max(task.store.offset or 0, first[tp])
    behind = {tp: (start, ends[tp]) for tp, start in starts.items() if start < ends[tp]}
    if behind:
        await _replay(app, {TopicPartition(topic, task.partition): task for task in tasks}, behind)


def _misfit(task: Task, topic_id: str, first: int, end: int) -> str | None:
    """Why a store cannot be continued from its offset; "" for a new one; None when it can."""
    offset = task.store.offset
    if task.store.topic_id is None and offset is None:
        return ""
    if task.store.topic_id != topic_id:
        return "it belongs to another changelog topic"
    if offset is None:
        return None if end == first == 0 else "it does not say how far it is"
    if offset > end:
        return f"it is at offset {offset}, the changelog ends at {end}"
    if offset < first:
        return f"it is at offset {offset}, the changelog begins at {first}"
    return None


async def _replay(
    app: ServiceApp, tasks: Mapping[TopicPartition, Task], behind: Mapping[TopicPartition, tuple[int, int]]
) -> None:
    consumer = aiokafka.AIOKafkaConsumer(
        **app.connection,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        max_partition_fetch_bytes=FETCH_BYTES,
    )
    await consumer.start()
    try:
        consumer.assign(list(behind))
        for tp, (start, _) in behind.items():
            consumer.seek(tp, start)
        await _apply_all(app, consumer, tasks, {tp: end for tp, (_, end) in behind.items()}, Progress(app, behind))
    finally:
        await consumer.stop()


async def _apply_all(
    app: ServiceApp,
    consumer: aiokafka.AIOKafkaConsumer,
    tasks: Mapping[TopicPartition, Task],
    ends: dict[TopicPartition, int],
    progress: Progress,
) -> None:
    """Apply lumps until every partition has reached its end; an open transaction below it is waited for."""
    while ends:
        for tp, lump in (await take(consumer, None, timeout=POLL_SECONDS, epoch=0)).items():
            progress.add(_apply(tasks[tp], lump))
            app.config.fault("during-recovery")
            if lump.next >= ends.get(tp, lump.next + 1):
                del ends[tp]
                consumer.pause(tp)
            await asyncio.sleep(0)
        progress.report()
    progress.done()


def _apply(task: Task, lump: Lump) -> int:
    rows: list[Write] = []
    for batch in lump.batches:
        rows += [(record.key, record.value) for record in batch if record.offset >= lump.start and record.key]
    task.store.write(rows, offset=lump.next)
    return len(rows)


class Progress:
    """Says how a long recovery goes, in the log."""

    def __init__(self, app: ServiceApp, behind: Mapping[TopicPartition, tuple[int, int]]) -> None:
        self._name, self._total = app.service.name, sum(end - start for start, end in behind.values())
        self._records, self._began, self._next = 0, time.monotonic(), time.monotonic() + REPORT_SECONDS

    def add(self, records: int) -> None:
        self._records += records

    def report(self) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + REPORT_SECONDS
            rate = self._records / (now - self._began)
            left = max(self._total - self._records, 0) / rate if rate else 0
            log.info("%s recovers: %d of about %d records, %.0f/s, %.0f s left",
                     self._name, self._records, self._total, rate, left)  # fmt: skip

    def done(self) -> None:
        seconds = time.monotonic() - self._began
        log.info("%s recovered %d changelog records in %.2f s", self._name, self._records, seconds)
