"""The changelog into the store, in batches, until nothing is missing.

A store that does not fit its changelog (no offset, an offset beyond the end, another topic's) is rebuilt, with a log
line that says why: never served half empty. The end is the high watermark, read_committed, not the last stable offset:
a commit marker may still be on its way to this partition. Who calls, and when: `resumption.py`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

import aiokafka
from aiokafka.structs import TopicPartition

from streams.engine.fetching import Lump, take
from streams.engine.identity import topic_identity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.engine.app import ServiceApp
    from streams.engine.store import Write
    from streams.engine.task import Task

log = logging.getLogger(__name__)

FETCH_BYTES = 4 << 20  # per partition and fetch: recovery has the process to itself
POLL_SECONDS = 0.2
REPORT_SECONDS = 2.0  # between two log lines of a long recovery


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
        for tp, lump in (await take(consumer, None, seconds=POLL_SECONDS, epoch=0)).items():
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
