"""The attacks that tear transactions of the first generation are refused in the second, each by name.

The same attacks on aiokafka's own producer, where they succeed: test_hazards_of_the_first_generation.py.
"""

import asyncio

import pytest
from aiokafka import TopicPartition
from aiokafka.client import ConnectionGroup

from streams.engine.writer import Abortable, Batches, Code, Rejoin, Retriable
from streams.engine.writer.protocol import TRANSACTION, EndTxn
from streams.engine.writer.records import append
from tests.broker.writer.patience import give_up_after

pytestmark = pytest.mark.broker


class Stop(Exception):  # noqa: N818
    """Leaves a transaction open, as a slow network would."""


class StopOnce:
    """A fault that stops before the end when it is armed."""

    def __init__(self):
        self.armed = False

    def __call__(self, point):
        if self.armed and point == "before-end":
            self.armed = False
            raise Stop


@pytest.fixture
async def stoppable(open_writer):
    writer = await open_writer(fault=StopOnce())

    async def leave_open(*args):
        writer._fault.armed = True
        with pytest.raises(Stop):
            await writer.commit(*args)

    writer.leave_open = leave_open
    return writer


async def end_transaction(writer, producer, committed):
    """The answer to an EndTxn that the network kept back."""
    request = EndTxn(writer.transactional_id, *producer, committed)
    node = writer._coordinators._nodes[TRANSACTION, writer.transactional_id]
    code = Code.CONCURRENT_TRANSACTIONS
    while code == Code.CONCURRENT_TRANSACTIONS:
        code = (await writer._link.ask(node, request, ConnectionGroup.COORDINATION)).error_code
        await asyncio.sleep(0.005)
    return Code(code).name


@pytest.mark.parametrize("committed", [True, False])
async def test_a_replayed_end_cannot_touch_the_next_transaction(stoppable, new_topic, batches, read, committed):
    writer, target = stoppable, await new_topic("target")
    past = writer.producer
    await writer.commit(batches({(target, 0): [b"n"]}), {})
    await writer.leave_open(batches({(target, 0): [b"half of n+1"]}), {})
    assert await end_transaction(writer, past, committed) == "PRODUCER_FENCED"
    assert (await read(target, open_transaction=True))[0] == [b"n"]
    await writer.abort()
    assert (await read(target))[0] == [b"n"]


async def test_a_repeated_commit_is_the_same_commit_and_cannot_become_an_abort(stoppable, new_topic, batches, read):
    writer, target = stoppable, await new_topic("target")
    past = writer.producer
    await writer.commit(batches({(target, 0): [b"n"]}), {})
    assert await end_transaction(writer, past, committed=True) == "NONE"
    assert await end_transaction(writer, past, committed=False) == "INVALID_TXN_STATE"
    assert (await read(target))[0] == [b"n"]


async def test_a_late_produce_is_refused(stoppable, new_topic, batches, read):
    writer, target = stoppable, await new_topic("target")
    late = batches({(target, 0): [b"late"]}).seal(*writer.producer)
    await writer.commit(batches({(target, 0): [b"n"]}), {})
    await writer.leave_open(batches({(target, 0): [b"n+1"]}), {})
    with pytest.raises(Abortable, match="INVALID_PRODUCER_EPOCH"):
        await append(writer._leaders, writer._appending, late)
    await writer.abort()
    assert (await read(target, "read_uncommitted"))[0] == [b"n", b"n+1"]


async def test_offsets_of_a_past_generation_are_refused_and_the_records_with_them(
    open_writer, new_topic, join, member_of, batches, read
):
    source, target = await new_topic("source", partitions=2), await new_topic("target")
    group, tp = f"group-{source}", TopicPartition(source, 0)
    first = await join(source, group)
    zombie, writer = member_of(first), await open_writer()
    await rebalance(first, await join(source, group))
    await writer.commit(Batches(), {tp: 13}, member_of(first))
    with pytest.raises(Rejoin, match="ILLEGAL_GENERATION"):
        await writer.commit(batches({(target, 0): [b"zombie"]}), {tp: 5}, zombie)
    await writer.abort()
    assert await writer.stable_offsets(group, [tp]) == {tp: 13}
    assert (await read(target, "read_uncommitted"))[0] == []


async def test_offsets_of_a_stranger_are_refused(open_writer, new_topic, join, member_of):
    source = await new_topic("source")
    consumer, writer = await join(source, f"group-{source}"), await open_writer()
    with pytest.raises(Rejoin, match="UNKNOWN_MEMBER_ID"):
        await writer.commit(Batches(), {TopicPartition(source, 0): 5}, member_of(consumer, member_id="nobody"))
    await writer.abort()
    await writer.commit(Batches(), {TopicPartition(source, 0): 5}, member_of(consumer))


async def test_offsets_of_a_replaced_static_member_are_refused(open_writer, new_topic, join, member_of):
    source = await new_topic("source")
    group, writer = f"group-{source}", await open_writer()
    first = await join(source, group, group_instance_id="desk-1")
    zombie = member_of(first, instance_id="desk-1")
    second = await join(source, group, group_instance_id="desk-1")
    with pytest.raises(Rejoin, match="FENCED_INSTANCE_ID"):
        await writer.commit(Batches(), {TopicPartition(source, 0): 5}, zombie)
    await writer.abort()
    await writer.commit(Batches(), {TopicPartition(source, 0): 5}, member_of(second, instance_id="desk-1"))


async def test_offsets_that_an_open_transaction_may_change_are_not_read(
    stoppable, open_writer, new_topic, join, member_of
):
    source = await new_topic("source")
    group, tp = f"group-{source}", TopicPartition(source, 0)
    consumer, reader = await join(source, group), await open_writer("reader")
    await stoppable.commit(Batches(), {tp: 100}, member_of(consumer))
    await stoppable.leave_open(Batches(), {tp: 200}, member_of(consumer))
    give_up_after(reader, 0.2)
    with pytest.raises(Retriable, match="UNSTABLE_OFFSET_COMMIT"):
        await reader.stable_offsets(group, [tp])
    give_up_after(reader, 30)
    await stoppable.abort()
    assert await reader.stable_offsets(group, [tp]) == {tp: 100}


def test_a_member_without_a_generation_would_switch_the_fence_off(member_of):
    from streams.engine.writer import Member  # noqa: PLC0415

    with pytest.raises(ValueError, match="anybody"):
        Member("group", -1, "")


async def rebalance(first, second):
    """Poll both until each has partitions."""
    async with asyncio.timeout(20):
        while not (first.assignment() and second.assignment()):
            await asyncio.gather(first.getmany(timeout_ms=100), second.getmany(timeout_ms=100))
