"""A commit that is stopped or cancelled on its way is whole or nothing, and the writer is never half reused."""

import asyncio

import pytest
from aiokafka import TopicPartition

from streams.engine.writer import Batches, State, WriterMisused
from tests.broker.writer.stops import Stop, stop_at

pytestmark = pytest.mark.broker


@pytest.mark.parametrize("point", ["before-offsets", "after-offsets", "after-produce", "before-end"])
async def test_what_stops_before_the_end_is_aborted_whole(
    point, new_topic, open_writer, join, member_of, batches, read
):
    source, target = await new_topic("source"), await new_topic("target")
    consumer = await join(source, f"group-{source}")
    writer = await open_writer(fault=stop_at(point))
    tp = TopicPartition(source, 0)
    with pytest.raises(Stop):
        await writer.commit(batches({(target, 0): [b"lost"]}), {tp: 1}, member_of(consumer))
    with pytest.raises(WriterMisused):
        await writer.commit(Batches(), {})
    await writer.abort()
    assert await writer.stable_offsets(f"group-{source}", [tp]) == {tp: -1}
    assert (await read(target))[0] == []


async def test_what_stops_after_the_end_is_committed(new_topic, open_writer, batches, read):
    target = await new_topic("target")
    writer = await open_writer(fault=stop_at("after-end"))
    with pytest.raises(Stop):
        await writer.commit(batches({(target, 0): [b"kept"]}), {})
    assert (await read(target))[0] == [b"kept"]


async def test_the_points_come_in_the_order_of_the_round_trips(new_topic, open_writer, join, member_of, batches):
    source, target, points = await new_topic("source"), await new_topic("target"), []
    consumer = await join(source, f"group-{source}")
    writer = await open_writer(fault=points.append)
    await writer.commit(batches({(target, 0): [b"x"]}), {TopicPartition(source, 0): 1}, member_of(consumer))
    assert points == ["before-offsets", "after-offsets", "after-produce", "before-end", "after-end"]


@pytest.mark.parametrize("after", [0, 0.001, 0.003, 0.006, 0.01])
async def test_a_cancelled_commit_is_only_aborted_or_resolved(
    after, new_topic, open_writer, join, member_of, batches, read
):
    source, target = await new_topic("source"), await new_topic("target")
    consumer = await join(source, f"group-{source}")
    writer = await open_writer()
    tp = TopicPartition(source, 0)
    commit = asyncio.ensure_future(writer.commit(batches({(target, 0): [b"x"]}), {tp: 1}, member_of(consumer)))
    await asyncio.sleep(after)
    commit.cancel()
    [outcome] = await asyncio.gather(commit, return_exceptions=True)
    committed = not isinstance(outcome, asyncio.CancelledError)
    if not committed and writer.state is not State.READY:
        with pytest.raises(WriterMisused):
            await writer.commit(batches({(target, 0): [b"half"]}), {})
        committed = await writer.resolve([tp], f"group-{source}") if writer.state is State.UNKNOWN else False
    if writer.state is State.BROKEN:
        await writer.abort()
    await writer.commit(batches({(target, 0): [b"next"]}), {}, member_of(consumer))
    assert (await read(target))[0] == ([b"x", b"next"] if committed else [b"next"])
    assert await writer.stable_offsets(f"group-{source}", [tp]) == {tp: 1 if committed else -1}
