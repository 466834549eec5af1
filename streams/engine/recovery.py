"""The changelog into the store, in batches, until nothing is missing.

A store that does not fit its changelog (no offset, an offset beyond the end, another topic's) is rebuilt, with a log
line that says why: never served half empty. The end is the high watermark, read_committed, not the last stable offset:
a commit marker may still be on its way to this partition. Who calls, and when: `resumption.py`; `standbys.py` goes on
without an end.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiokafka
from aiokafka.structs import TopicPartition

from streams.engine.fetching import Lump, stop, take
from streams.engine.identity import topic_identity

if TYPE_CHECKING:
    from streams.engine.app import ServiceApp
    from streams.engine.store import Store
    from streams.engine.waiting import Write

log = logging.getLogger(__name__)

FETCH_BYTES = 4 << 20  # per partition and fetch: recovery has the process to itself
POLL_SECONDS = 0.2
REPORT_SECONDS = 2.0  # between two log lines of a long recovery


Stores = Mapping[TopicPartition, "Store"]  # by changelog partition


async def recover(app: ServiceApp, stores: Stores) -> None:
    """Bring stores up to the end of their changelog partitions."""
    if not stores:
        return
    starts = await fit(app, stores)
    ends = await app.writer.end_offsets(stores, committed=False)
    behind = {tp: (start, ends[tp]) for tp, start in starts.items() if start < ends[tp]}
    if behind:
        async with changelog_reader(app, {tp: start for tp, (start, _) in behind.items()}) as consumer:
            await _apply_all(app, consumer, stores, {tp: end for tp, (_, end) in behind.items()}, Progress(app, behind))


async def fit(app: ServiceApp, stores: Stores) -> dict[TopicPartition, int]:
    """Empty each store that does not fit its changelog; returns where to read on for each."""
    first = await app.writer.earliest_offsets(stores)
    ends = await app.writer.end_offsets(stores, committed=False)
    topic_id = await topic_identity(app.client, app.service.changelog)
    for tp, store in stores.items():
        reason = _misfit(store, topic_id, first[tp], ends[tp])
        if reason:
            log.warning("partition %d of %s is rebuilt from its changelog: %s", tp.partition, app.service.name, reason)
        if reason is not None:
            store.reset(topic_id)
    return {tp: max(store.offset or 0, first[tp]) for tp, store in stores.items()}


def _misfit(store: Store, topic_id: str, first: int, end: int) -> str | None:
    """Why a store cannot be continued from its offset; "" for a new one; None when it can."""
    offset = store.offset
    if store.topic_id is None and offset is None:
        return ""
    if store.topic_id != topic_id:
        return "it belongs to another changelog topic"
    if offset is None:
        new = next(store.scan(b"\1", b"\xff"), None) is None  # a worker was killed before its first rows were written
        return "" if new or end == first == 0 else "it does not say how far it is"
    if offset > end:
        return f"it is at offset {offset}, the changelog ends at {end}"
    if offset < first:
        return f"it is at offset {offset}, the changelog begins at {first}"
    return None


@asynccontextmanager
async def changelog_reader(
    app: ServiceApp, starts: Mapping[TopicPartition, int]
) -> AsyncIterator[aiokafka.AIOKafkaConsumer]:
    """A read_committed consumer of changelog partitions, outside any group, at these offsets."""
    consumer = aiokafka.AIOKafkaConsumer(
        **app.connection,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        max_partition_fetch_bytes=FETCH_BYTES,
    )
    await consumer.start()
    try:
        consumer.assign(list(starts))
        for tp, start in starts.items():
            consumer.seek(tp, start)
        yield consumer
    finally:
        await stop(consumer)


async def _apply_all(
    app: ServiceApp,
    consumer: aiokafka.AIOKafkaConsumer,
    stores: Stores,
    ends: dict[TopicPartition, int],
    progress: Progress,
) -> None:
    """Apply lumps until every partition has reached its end; an open transaction below it is waited for."""
    while ends:
        for tp, lump in (await take(consumer, None, seconds=POLL_SECONDS)).items():
            progress.add(apply(stores[tp], lump))
            app.config.fault("during-recovery")
            if lump.next >= ends.get(tp, lump.next + 1):
                del ends[tp]
                consumer.pause(tp)
            await asyncio.sleep(0)
        progress.report()
    progress.done()


def apply(store: Store, lump: Lump) -> int:
    """Write a lump of changelog records to a store, with the offset reached; returns how many."""
    rows: list[Write] = []
    for batch in lump.batches:
        rows += [(record.key, record.value) for record in batch if record.offset >= lump.start and record.key]
    store.write(rows, offset=lump.next)
    return len(rows)


class Progress:
    """Says how a long recovery goes, in the log."""

    def __init__(self, app: ServiceApp, behind: Mapping[TopicPartition, tuple[int, int]]) -> None:
        self._app = app
        self._name, self._total = app.service.name, sum(end - start for start, end in behind.values())
        self._records, self._began, self._next = 0, time.monotonic(), time.monotonic() + REPORT_SECONDS

    def add(self, records: int) -> None:
        self._records += records
        self._app.recovered_records += records

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
