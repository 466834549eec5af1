"""The chunk consumer's bookkeeping: in turns, without a gap, and nothing of the past."""

import asyncio
from types import SimpleNamespace

import pytest
from aiokafka.structs import TopicPartition

from streams.engine import transport
from streams.engine.cadence import ChunkSize
from streams.engine.errors import PositionGapError
from streams.engine.fetching import Lump
from streams.engine.transport import ChunkConsumer, ConsumerThread

A, B = TopicPartition("a", 0), TopicPartition("b", 0)


def batch(first, count):
    return [SimpleNamespace(offset=offset) for offset in range(first, first + count)]


def lump(first, count, epoch=0):
    return Lump([batch(first, count)], first, first + count, epoch)


@pytest.fixture
def consumer():
    """The consumer without Faust's machinery: what `_deliveries` works on."""
    consumer = object.__new__(ChunkConsumer)
    consumer.flow_active, consumer._epoch, consumer._next_tick = True, 0, 0.0
    consumer._positions, consumer._recorded = {A: 0, B: 0}, {A: 0, B: 0}
    consumer.due = set()
    consumer.app = SimpleNamespace(chunk_size=lambda _topic: ChunkSize(2), wants_tick=consumer.due.__contains__)
    return consumer


def deliveries(consumer, lumps, epoch=0):
    return [(tp, [r.offset for r in records], offset) for tp, records, offset in consumer._deliveries(lumps, epoch)]


def test_partitions_take_turns(consumer):
    found = deliveries(consumer, {A: lump(0, 4), B: lump(0, 3)})
    assert found[:4] == [(A, [0, 1], 2), (B, [0, 1], 2), (A, [2, 3], 4), (B, [2], 3)]
    assert consumer._positions == {A: 4, B: 3}


def test_a_lump_that_does_not_begin_where_the_last_one_ended_stops_the_process(consumer):
    with pytest.raises(PositionGapError, match="a-0: expected offset 0, the broker gave 1"):
        deliveries(consumer, {A: lump(1, 2)})


def test_a_lump_taken_before_a_seek_is_dropped(consumer):
    consumer._epoch, consumer._next_tick = 2, float("inf")
    assert deliveries(consumer, {A: lump(7, 2, epoch=1)}, epoch=2) == []


@pytest.mark.parametrize("what", ["the flow stops", "the positions are set anew"])
def test_nothing_more_is_delivered_once(consumer, what):
    found = consumer._deliveries({A: lump(0, 4), B: lump(0, 3)}, 0)
    assert next(found)[0] == A
    if what == "the flow stops":
        consumer.flow_active = False
    else:
        consumer._epoch, consumer._positions = 1, {A: 50}
    assert list(found) == []
    assert what == "the flow stops" or consumer._positions == {A: 50}


def test_partitions_that_were_given_up_are_not_asked_for_ticks(consumer):
    """Their task is gone: the question would end the process."""
    consumer.app.wants_tick = {}.__getitem__
    consumer._epoch = 1
    assert deliveries(consumer, {}, epoch=0) == []


def test_a_position_past_records_nobody_sees_is_delivered_as_a_chunk_without_records(consumer):
    empty = Lump([], 0, 5, 0)  # aborted records, or a transaction's marker
    assert deliveries(consumer, {A: empty}) == [(A, [], 5)]


def test_a_timer_that_is_due_is_delivered_as_a_chunk_without_records_now_and_then(consumer, monkeypatch):
    now = SimpleNamespace(monotonic=lambda: now.value, value=100.0)
    monkeypatch.setattr(transport, "time", now)
    consumer.due.add(B)
    assert deliveries(consumer, {}) == [(B, [], 0)]
    assert deliveries(consumer, {}) == []
    now.value += transport.POLL_SECONDS
    assert deliveries(consumer, {}) == [(B, [], 0)]


@pytest.mark.parametrize(
    ("count", "behind", "rests"), [(999, False, True), (1_000, False, False), (3, True, False), (0, False, True)]
)
async def test_who_has_caught_up_rests_and_fetches_nothing_ahead(consumer, count, behind, rests):
    """A few large records with more behind them are no reason to rest."""
    asked = []

    async def take(_seconds, *, ahead):
        asked.append("take ahead" if ahead else "take")
        return {A: lump(consumer._positions[A], count)._replace(behind=behind)}

    async def rest(_lead):
        asked.append("rest")

    consumer._caught_up, consumer._next_tick, consumer._thread = True, float("inf"), SimpleNamespace(take=take)
    consumer._message = lambda _tp, records, _offset: setattr(
        consumer, "_delivered", consumer._delivered + len(records)
    )
    cadence = SimpleNamespace(rest=rest, expect=lambda _chunks, **_more: None)
    consumer.app.committer = SimpleNamespace(cadence=cadence)
    for _ in range(2):
        async for _message in consumer._messages():
            pass
    assert asked == ["rest", "take", *(["rest", "take"] if rests else ["take ahead"])]


async def test_a_group_that_refuses_this_member_ends_the_worker():
    def refuse():
        raise PermissionError("not in this group")

    failures, thread = [], object.__new__(ConsumerThread)
    thread.app = SimpleNamespace(fail=failures.append)
    thread._consumer = SimpleNamespace(_coordinator=SimpleNamespace(check_errors=refuse))
    thread.parent_loop = asyncio.get_running_loop()
    thread._stopped = thread._crashed = asyncio.Event()
    thread.sleep = asyncio.sleep
    await ConsumerThread._watch_group.fun(thread)
    await asyncio.sleep(0)
    assert [str(error) for error in failures] == ["not in this group"]
