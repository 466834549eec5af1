"""Record batches straight from aiokafka's fetcher: no object per record until a chunk is cut.

What aiokafka does in `FetchResult.getall` and `PartitionRecords._unpack_records` happens here per *batch*: check the
CRC, drop aborted transactions and control batches, move the position. Two differences: it is several times cheaper,
and the result says where it began and ends, so that `transport.py` can prove that no record was skipped. The private
names used are held by tests/unit/engine/test_private_names.py.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from aiokafka.consumer.fetcher import READ_COMMITTED, FetchResult
from aiokafka.errors import ConsumerStoppedError, CorruptRecordException

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from aiokafka.structs import TopicPartition


class Lump(NamedTuple):
    """What was fetched of one partition: whole batches, which may begin before `start` (compressed or compacted)."""

    batches: list[Any]
    start: int  # the offset that was asked for
    next: int  # the offset to ask for afterwards
    epoch: int  # the seek that it follows
    behind: bool = False  # there was more that could be read when the broker answered

    def chunks(self, limit: int) -> Iterator[tuple[list[Any], int]]:
        """Runs of at most `limit` records, each with the next offset; one empty run if there is only a position."""
        records: list[Any] = []
        for batch in self.batches:
            records.extend(batch)
            if records and records[0].offset < self.start:
                records = [record for record in records if record.offset >= self.start]
            while len(records) > limit:
                run, records = records[:limit], records[limit:]
                yield run, run[-1].offset + 1
        yield records, self.next


def one_epoch() -> int | None:
    """For a consumer that is not sought after it began to fetch."""
    return 0


async def take(
    consumer: Any,
    wanted: Collection[TopicPartition] | None,
    *,
    seconds: float,
    ahead: bool = True,
    epoch: Callable[[], int | None] = one_epoch,
) -> dict[TopicPartition, Lump]:
    """What the fetcher has for the wanted partitions (None: all); waits up to `seconds` for the first of it.

    `ahead`: fetch more at once, for the next call. A caller who rests between calls says no: the broker answers at once
    with the few records that there are, and these would be old by the next call, and all others still at the broker.
    Then more is fetched when the next call finds nothing, or when the fetcher looks by itself, 0.1 to 0.2 s later: no
    partition is left out for longer.

    `epoch` is asked at the very moment when something is taken, since a seek may come while this waits; None: take
    nothing, for nobody would read it. Runs in the consumer's loop. Raises the fetcher's errors (KafkaError) and
    ConsumerStoppedError.
    """
    fetcher, subscriptions = consumer._fetcher, consumer._subscription
    deadline = time.monotonic() + seconds
    with subscriptions.fetch_context():
        while True:
            if consumer._closed or fetcher._closed:
                raise ConsumerStoppedError
            if subscriptions.reassignment_in_progress:
                await subscriptions.wait_for_assignment()
            number = epoch()
            if number is None:
                return {}
            lumps = _drain(fetcher, wanted, number)
            if ahead or not lumps:
                fetcher._notify(fetcher._wait_consume_future)
            left = deadline - time.monotonic()
            if lumps or left <= 0:
                return lumps
            waiter = fetcher._create_fetch_waiter()
            done, _ = await asyncio.wait([waiter], timeout=left)
            if not done:
                waiter.cancel()
                return {}
            waiter.result()


async def stop(consumer: Any) -> None:
    """Stop a consumer. Without a broker aiokafka lets a cancelled fetch out, as if the caller had been cancelled."""
    try:
        await consumer.stop()
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise


def _drain(fetcher: Any, wanted: Collection[TopicPartition] | None, epoch: int) -> dict[TopicPartition, Lump]:
    lumps: dict[TopicPartition, Lump] = {}
    for tp in [tp for tp in fetcher._records if wanted is None or tp in wanted]:
        result = fetcher._records[tp]
        if isinstance(result, FetchResult):
            lump = _lump(tp, result, epoch)
            if lump is not None:
                lumps[tp] = lump
        elif lumps:
            break  # hand over what there is; the error is raised by the next call
        del fetcher._records[tp]
        if not isinstance(result, FetchResult):
            fetcher._notify(fetcher._wait_consume_future)
            result.check_raise()
    return lumps


def _lump(tp: TopicPartition, result: FetchResult, epoch: int) -> Lump | None:
    if not result.check_assignment(tp) or not result.has_more():
        return None
    partition = result._partition_records
    start = partition.next_fetch_offset
    batches = list(_readable(tp, partition))
    result._update_position()
    end = result._assignment.state_value(tp).lso  # None: the broker did not say
    behind = end is not None and partition.next_fetch_offset < end
    return Lump(batches, start, partition.next_fetch_offset, epoch, behind)


def _readable(tp: TopicPartition, partition: Any) -> Iterator[Any]:
    """The batches that a reader may see; moves `partition.next_fetch_offset` past all of them."""
    # The generator and its owner are a reference cycle that would keep the fetched buffer until a garbage collection.
    records, partition._records, partition._records_iterator = partition._records, None, None
    while records.has_next():
        batch = records.next_batch()
        if partition._check_crcs and not batch.validate_crc():
            raise CorruptRecordException(f"invalid CRC in {tp}")
        partition.next_fetch_offset = batch.next_offset
        if not batch.is_control_batch and not _is_aborted(partition, batch):
            yield batch
        elif batch.is_control_batch:
            _end_of_transaction(partition, batch)


def _is_aborted(partition: Any, batch: Any) -> bool:
    if partition._isolation_level != READ_COMMITTED or batch.producer_id is None:
        return False
    partition._consume_aborted_up_to(batch.base_offset)
    return batch.is_transactional and batch.producer_id in partition._aborted_producers


def _end_of_transaction(partition: Any, batch: Any) -> None:
    if partition._isolation_level == READ_COMMITTED and batch.producer_id is not None:
        partition._consume_aborted_up_to(batch.base_offset)
        if partition._contains_abort_marker(batch):
            partition._aborted_producers.discard(batch.producer_id)
