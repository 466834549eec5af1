"""The same attacks on aiokafka's transactional producer succeed; so the tests beside this one can fail.

Each test ends in a state that exactly-once forbids. When one of them fails, aiokafka has learnt the second generation.
"""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.client import ConnectionGroup, CoordinationType
from aiokafka.errors import KafkaError
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.protocol.transaction import EndTxnRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder

pytestmark = pytest.mark.broker


@pytest.fixture
async def producer(kafka, fresh):
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, transactional_id=fresh("first-generation"))
    await producer.start()
    yield producer
    try:
        async with asyncio.timeout(5):
            await producer.stop()
    except (KafkaError, TimeoutError):
        await producer.client.close()


async def end_transaction(producer, request):
    node = producer._sender._coordinators[CoordinationType.TRANSACTION]
    return (await producer.client.send(node, request, group=ConnectionGroup.COORDINATION)).error_code


def late_batch(manager, sequence):
    batch = DefaultRecordBatchBuilder(
        2, 0, is_transactional=1, producer_id=manager.producer_id, producer_epoch=manager.producer_epoch,
        base_sequence=sequence, batch_size=1_000,
    )  # fmt: skip
    batch.append(0, 1, b"key", b"late", [])
    return bytes(batch.build())


async def test_a_replayed_end_commits_half_of_the_next_transaction(producer, new_topic, read):
    target, manager = await new_topic("target"), producer._txn_manager
    await producer.begin_transaction()
    await producer.send_and_wait(target, b"n", partition=0)
    await producer.commit_transaction()
    past = EndTxnRequest(manager.transactional_id, manager.producer_id, manager.producer_epoch, True)
    await producer.begin_transaction()
    await producer.send_and_wait(target, b"half of n+1", partition=0)
    assert await end_transaction(producer, past) == 0
    assert (await read(target))[0] == [b"n", b"half of n+1"]


async def test_a_late_produce_slips_into_the_next_transaction(producer, new_topic, read):
    target, manager = await new_topic("target"), producer._txn_manager
    await producer.begin_transaction()
    await producer.send_and_wait(target, b"n", partition=0)
    late = late_batch(manager, sequence=2)
    await producer.commit_transaction()
    await producer.begin_transaction()
    await producer.send_and_wait(target, b"n+1", partition=0)
    node = producer.client.cluster.leader_for_partition(TopicPartition(target, 0))
    request = ProduceRequest(manager.transactional_id, -1, 5_000, [(target, [(0, late)])])
    assert (await producer.client.send(node, request)).topics[0][1][0][1] == 0
    await producer.commit_transaction()
    assert (await read(target))[0] == [b"n", b"n+1", b"late"]


async def test_a_zombie_moves_the_group_back(producer, open_writer, new_topic, join, member_of, batches):
    source, target = await new_topic("source"), await new_topic("target")
    group, tp = f"group-{source}", TopicPartition(source, 0)
    owner, writer = await join(source, group), await open_writer()
    await writer.commit(batches({(target, 0): [b"x"]}), {tp: 13}, member_of(owner))
    await producer.begin_transaction()
    await producer.send_offsets_to_transaction({tp: 5}, group)
    await producer.commit_transaction()
    assert await writer.stable_offsets(group, [tp]) == {tp: 5}


async def test_offsets_are_read_while_a_transaction_is_about_to_change_them(kafka, producer, new_topic, fresh):
    tp, group = TopicPartition(await new_topic("source"), 0), fresh("group")
    await producer.begin_transaction()
    await producer.send_offsets_to_transaction({tp: 100}, group)
    await producer.commit_transaction()
    await producer.begin_transaction()
    await producer.send_offsets_to_transaction({tp: 200}, group)
    async with AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap, group_id=group, enable_auto_commit=False) as reader:
        reader.assign([tp])
        assert await reader.committed(tp) == 100
    await producer.commit_transaction()
