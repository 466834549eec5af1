"""A Faust transport whose consumer hands over chunks, bounded in records and in bytes.

Faust's own fetch loop makes a message per record and remembers an ack for each. Here a fetched lump of record batches
is cut into chunks, each one Faust event, and acks are not needed: offsets travel in the chunk's transaction. aiokafka's
consumer stays in Faust's consumer thread, so that heartbeats go on while a long chunk holds the main loop.

Every source partition is read without a gap: a lump must begin where the last one ended, else the process stops.
Seeks are numbered; a lump taken before a seek is recognised and dropped. The story goes on in `chunk.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from typing import TYPE_CHECKING, Any

import aiokafka
from faust.transport import drivers
from faust.transport.drivers import aiokafka as driver
from faust.types.tuples import TP, ConsumerMessage

from streams.engine.cadence import LARGE_RECORDS
from streams.engine.errors import PositionGapError
from streams.engine.fetching import Lump, take

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from aiokafka.structs import TopicPartition

    from streams.engine.app import ServiceApp

SCHEME = "millrace"
POLL_SECONDS = 0.25  # how long a fetch waits before the loop looks at timers again
LEAD_SECONDS = 0.004  # what taking and working on small chunks takes: they are done when their transaction may begin
FETCH_WAIT_MS = 100  # how long the broker waits for the first byte of an idle partition
PARTITION_FETCH_BYTES = 1 << 20  # at most this much of a partition is buffered twice: fetched, and being cut


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """Faust's consumer thread with the group, the fetcher and the heartbeats, handing over lumps."""

    app: ServiceApp
    epoch = 0

    def _create_worker_consumer(self, transport: Any) -> aiokafka.AIOKafkaConsumer:  # noqa: ARG002 -- Faust calls it
        """As Faust does, but read_committed, with the co-partitioning assignor always, and the app's security."""
        config = self.app.config
        self._assignor = self.app.assignor
        return aiokafka.AIOKafkaConsumer(
            **self.app.connection,
            client_id=self.app.service.name,
            group_id=self.app.service.name,
            partition_assignment_strategy=[self._assignor],
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_partition_fetch_bytes=PARTITION_FETCH_BYTES,
            fetch_max_wait_ms=FETCH_WAIT_MS,
            check_crcs=True,
            session_timeout_ms=int(config.session_timeout_seconds * 1000),
            rebalance_timeout_ms=int(config.rebalance_timeout_seconds * 1000),
            heartbeat_interval_ms=int(config.heartbeat_seconds * 1000),
        )

    async def on_thread_stop(self) -> None:
        """Without a broker, aiokafka's stop lets a cancelled fetch out as its own; Faust would then wait in vain."""
        with contextlib.suppress(asyncio.CancelledError):
            await super().on_thread_stop()

    @driver.Service.task
    async def _watch_group(self) -> None:
        """What refuses the membership (rights, a protocol or time-out that the group does not allow) ends the worker.

        aiokafka keeps such an error for the next fetch, and without a membership there is none.
        """
        while not self.should_stop:
            await self.sleep(POLL_SECONDS)
            try:
                self._ensure_consumer()._coordinator.check_errors()
            except Exception as error:  # noqa: BLE001 -- whatever it is, this worker will not be a member
                self.parent_loop.call_soon_threadsafe(self.app.fail, error)
                return

    async def take(self, seconds: float, *, ahead: bool) -> Mapping[TopicPartition, Lump]:
        """Lumps of any assigned partition; called from the main loop. `fetching.take` says what `ahead` is."""
        consumer = self._ensure_consumer()
        return await self.call_thread(take, consumer, None, seconds=seconds, ahead=ahead, epoch=self._flowing)

    def _flowing(self) -> int | None:
        """The number of the last seek while chunks flow: what is taken at any other time would be lost."""
        return self.epoch if self.consumer.flow_active else None

    async def seek_all(self, positions: Mapping[TopicPartition, int], epoch: int) -> None:
        """Seek, and number the lumps that follow."""
        await self.call_thread(self._seek_all, positions, epoch)

    async def _seek_all(self, positions: Mapping[TopicPartition, int], epoch: int) -> None:
        self.epoch = epoch
        for tp, offset in positions.items():
            self._ensure_consumer().seek(tp, offset)

    def highwater(self, tp: TopicPartition) -> int | None:
        """The last stable offset: records of an open transaction cannot be read yet, however long it takes."""
        return self._ensure_consumer().last_stable_offset(tp)

    def membership(self) -> tuple[int, str]:
        """Generation and member id in the consumer group, as the coordinator last said."""
        coordinator = self._ensure_consumer()._coordinator
        return coordinator.generation, coordinator.member_id


class ChunkConsumer(driver.Consumer):
    """Cuts lumps into chunks and delivers them to the agents, in order, partition by partition."""

    app: ServiceApp
    _thread: ConsumerThread

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._epoch = 0
        self._positions: dict[TopicPartition, int] = {}  # next offset to deliver
        self._recorded: dict[TopicPartition, int] = {}  # next offset of the last chunk delivered
        self._next_tick = 0.0
        self._delivered, self._caught_up = 0, True  # records of this round; what the one before said

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    def membership(self) -> tuple[int, str]:
        return self._thread.membership()

    async def begin(self, positions: Mapping[TopicPartition, int]) -> None:
        """Read on from these offsets; what was fetched before is void."""
        self._epoch += 1  # first, so that a lump taken right after the seek is already awaited
        self._positions = dict(positions)
        self._recorded = dict(positions)
        await self._thread.seek_all(positions, self._epoch)

    def position(self, tp: TopicPartition) -> int | None:
        """The next offset that will be delivered of a partition."""
        return self._positions.get(tp)

    async def _drain_messages(self, fetcher: Any) -> None:
        """Faust's fetch loop, for chunks. Called by its Fetcher service; ends when that or the consumer is stopped."""
        while not (self.should_stop or fetcher.should_stop):
            if not self.flow_active:
                await self.wait_first(self.can_resume_flow.wait(), fetcher._stopped.wait())
                continue
            try:
                async for message in self._messages():
                    await self.wait_first(self.callback(message), self.suspend_flow.wait())
            except self.consumer_stopped_errors:
                return
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 -- a fetch error that aiokafka did not retry ends the worker
                self.app.fail(error)
                return

    async def _messages(self) -> AsyncIterator[ConsumerMessage]:
        if self._caught_up:
            await self.app.committer.cadence.rest(LEAD_SECONDS)
        lumps = await self._thread.take(POLL_SECONDS, ahead=not self._caught_up)
        self._delivered, behind = 0, any(lump.behind for lump in lumps.values())
        self.app.committer.cadence.expect(sum(bool(lump.batches) for lump in lumps.values()), behind=behind)
        for delivery in self._deliveries(lumps, self._epoch):
            yield self._message(*delivery)
        self._caught_up = self._delivered < LARGE_RECORDS and not behind

    def _deliveries(
        self, lumps: Mapping[TopicPartition, Lump], epoch: int
    ) -> Iterator[tuple[TopicPartition, list[Any], int]]:
        """Chunks of each partition in turn, then ticks; none once the flow was stopped or positions were set anew."""
        turns = deque(self._chunks(tp, lump) for tp, lump in lumps.items() if lump.epoch == epoch)
        while turns and self._flows(epoch):
            turn = turns.popleft()
            item = next(turn, None)
            if item is not None:
                turns.append(turn)
                yield item
        for tp, position in list(self._ticks()) if self._flows(epoch) else ():
            if self._flows(epoch):
                yield tp, [], position

    def _flows(self, epoch: int) -> bool:
        return bool(self.flow_active) and epoch == self._epoch

    def _chunks(self, tp: TopicPartition, lump: Lump) -> Iterator[tuple[TopicPartition, list[Any], int]]:
        expected = self._positions.get(tp)
        if lump.start != expected:
            raise PositionGapError(
                f"{tp.topic}-{tp.partition}: expected offset {expected}, the broker gave {lump.start}"
            )
        for records, next_offset in lump.chunks(self.app.chunk_size(tp.topic).records):
            self._positions[tp] = next_offset
            if records:
                yield tp, records, next_offset

    def _ticks(self) -> Iterator[tuple[TopicPartition, int]]:
        """Now and then: partitions with a timer due, and those whose position moved past records nobody sees."""
        now = time.monotonic()
        if now < self._next_tick:
            return
        self._next_tick = now + POLL_SECONDS
        for tp, position in self._positions.items():
            if position > self._recorded[tp] or self.app.wants_tick(tp):
                yield tp, position

    def _message(self, tp: TopicPartition, records: list[Any], next_offset: int) -> ConsumerMessage:
        self._recorded[tp] = next_offset
        self._delivered += len(records)
        chunk = self.app.new_chunk(tp, records, next_offset)
        target = TP(tp.topic, tp.partition)
        return ConsumerMessage(
            *target, next_offset - 1, time.time(), 0, None, None, chunk, None, 0, 0, target,
            generation_id=self.app.consumer_generation_id,
        )  # fmt: skip

    # Offsets travel in transactions, so what Faust would remember, ack and commit per message is nothing here.

    def on_buffer_full(self, tp: TP) -> None: ...
    def on_buffer_drop(self, tp: TP) -> None: ...
    def track_message(self, message: Any) -> None: ...

    def ack(self, message: Any) -> bool:  # noqa: ARG002 -- Faust calls it
        return True

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:  # noqa: ARG002, FBT001, FBT002 -- Faust calls it
        return True

    async def verify_all_partitions_active(self) -> None: ...

    async def wait_empty(self) -> None:
        """Called before partitions are given up, and at the end: finish the work in hand."""
        await self.app.drain()

    async def perform_seek(self) -> None:
        """Positions are set by recovery, from the stable committed offsets; see `recovery.py`."""


class ChunkTransport(driver.Transport):
    """Faust's aiokafka transport with the chunk consumer."""

    Consumer = ChunkConsumer


drivers.TRANSPORTS.aliases[SCHEME] = f"{__name__}:ChunkTransport"
