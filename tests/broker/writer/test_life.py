"""A transaction commits everything or nothing, and says where its records are."""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.client import AIOKafkaClient

from streams.broker import EmbeddedKafka
from streams.engine.writer import (
    Abortable,
    Batches,
    Fenced,
    RecordTooLarge,
    Retriable,
    State,
    TransactionalWriter,
    UnsupportedBroker,
    WriterMisused,
)
from tests.broker.writer.history import now_ms
from tests.broker.writer.patience import give_up_after
from tests.broker.writer.stops import Stop, stop_at

pytestmark = pytest.mark.broker


async def ended(writer, tp):
    """Wait until no transaction is open on the partition."""
    while True:
        closed = await writer.end_offsets([tp], committed=True)
        if closed == await writer.end_offsets([tp], committed=False):
            return
        await asyncio.sleep(0.1)


async def test_records_and_offsets_become_visible_together(new_topic, open_writer, join, member_of, batches, read):
    source, target = await new_topic("source"), await new_topic("target", partitions=2)
    consumer = await join(source, f"group-{source}")
    writer = await open_writer()
    records = batches({(target, 0): [b"a", b"b"], (target, 1): [b"c"]})
    ends = await writer.commit(records, {TopicPartition(source, 0): 7}, member_of(consumer))
    assert ends == {TopicPartition(target, 0): 2, TopicPartition(target, 1): 1}
    assert await read(target) == {0: [b"a", b"b"], 1: [b"c"]}
    assert await writer.stable_offsets(f"group-{source}", [TopicPartition(source, 0)]) == {TopicPartition(source, 0): 7}


async def test_the_end_offsets_count_the_markers_of_earlier_transactions(new_topic, open_writer, batches):
    target = await new_topic("target")
    writer = await open_writer()
    ends = [await writer.commit(batches({(target, 0): [b"x", b"y"]}), {}) for _ in range(3)]
    assert [end[TopicPartition(target, 0)] for end in ends] == [2, 5, 8]


async def test_a_group_without_offsets_has_none_to_read(open_writer, new_topic, fresh):
    tp = TopicPartition(await new_topic("source"), 0)
    assert await (await open_writer()).stable_offsets(fresh("group"), [tp]) == {tp: -1}


async def test_offsets_alone_are_a_transaction(new_topic, open_writer, join, member_of):
    source = await new_topic("source")
    consumer = await join(source, f"group-{source}")
    writer = await open_writer()
    tp = TopicPartition(source, 0)
    assert await writer.commit(Batches(), {tp: 3}, member_of(consumer)) == {}
    assert await writer.stable_offsets(f"group-{source}", [tp]) == {tp: 3}


async def test_an_empty_transaction_costs_nothing_and_leaves_the_writer_ready(open_writer):
    writer = await open_writer()
    before = writer.producer
    assert await writer.commit(Batches(), {}) == {}
    assert (writer.producer, writer.state) == (before, State.READY)


async def test_every_transaction_has_an_epoch_of_its_own(new_topic, open_writer, batches):
    target = await new_topic("target")
    writer = await open_writer()
    epochs = []
    for _ in range(4):
        await writer.commit(batches({(target, 0): [b"x"]}), {})
        epochs.append(writer.producer.epoch)
    assert epochs == [1, 2, 3, 4]


@pytest.mark.parametrize("compression", ["none", "gzip", "snappy", "lz4", "zstd"])
async def test_every_compression_is_read_back_as_it_was_written(new_topic, open_writer, batches, read, compression):
    target = await new_topic("target")
    values = [b"%d" % n * 20 for n in range(500)]
    await (await open_writer()).commit(batches({(target, 0): values}, compression=compression), {})
    assert (await read(target))[0] == values


async def test_headers_and_nulls_arrive(kafka, new_topic, open_writer):
    target = await new_topic("target")
    batches, now = Batches(), now_ms()
    batches.append_with_headers(target, 0, b"key", None, [("traceparent", b"00-1"), ("empty", b"")], now)
    batches.append(target, 0, [(None, b"value")], now + 1)
    await (await open_writer()).commit(batches, {})
    async with AIOKafkaConsumer(target, bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest") as consumer:
        first, second = await consumer.getone(), await consumer.getone()
    assert (first.key, first.value, first.timestamp) == (b"key", None, now)
    assert first.headers == (("traceparent", b"00-1"), ("empty", b""))
    assert (second.key, second.value, second.timestamp) == (None, b"value", now + 1)


async def test_many_batches_and_many_requests_keep_the_order(new_topic, open_writer, batches, read):
    target = await new_topic("target", partitions=3)
    values = {p: [b"%d-%d" % (p, n) * 10 for n in range(100)] for p in range(3)}
    writer = await open_writer(max_request_bytes=1_500)
    filled = batches({(target, p): some for p, some in values.items()}, max_batch_bytes=1_000)
    ends = await writer.commit(filled, {})
    assert ends == {TopicPartition(target, p): 100 for p in range(3)}
    assert await read(target) == values


async def test_a_record_above_the_limit_is_named_before_anything_is_sent(new_topic, open_writer, batches, read):
    target = await new_topic("target")
    filled = batches({(target, 0): [b"small"]}, max_batch_bytes=1_000)
    with pytest.raises(RecordTooLarge, match="1000 is the limit"):
        filled.append(target, 0, [(b"key", b"x" * 2_000)], 1)
    await (await open_writer()).commit(filled, {})
    assert (await read(target))[0] == [b"small"]


async def test_a_topic_that_takes_less_than_we_send_aborts_the_transaction(new_topic, open_writer, batches, read):
    target = await new_topic("target", max_message_bytes="500")
    writer = await open_writer()
    with pytest.raises(Abortable, match=f"Produce {target}-0: MESSAGE_TOO_LARGE"):
        await writer.commit(batches({(target, 0): [b"x" * 1_000]}), {})
    await writer.abort()
    await writer.commit(batches({(target, 0): [b"fits"]}), {})
    assert (await read(target))[0] == [b"fits"]


async def test_a_topic_that_does_not_exist_is_asked_for_until_patience_ends(open_writer, batches, fresh):
    writer = await open_writer()
    give_up_after(writer, 0.3)
    with pytest.raises(Retriable):
        await writer.commit(batches({(fresh("nowhere"), 0): [b"x"]}), {})
    give_up_after(writer, 30)
    await writer.abort()
    assert writer.state is State.READY


async def test_a_new_owner_of_the_id_fences_the_old_one_and_aborts_what_it_left(new_topic, open_writer, batches, read):
    target = await new_topic("target")
    old = await open_writer("same", fault=stop_at("before-end"))
    with pytest.raises(Stop):
        await old.commit(batches({(target, 0): [b"torn"]}), {})
    new = await open_writer("same")
    with pytest.raises(Fenced, match="PRODUCER_FENCED"):
        await old.abort()
    with pytest.raises(WriterMisused, match="closed"):
        await old.abort()
    await new.commit(batches({(target, 0): [b"whole"]}), {})
    assert (await read(target))[0] == [b"whole"]


async def test_a_transaction_that_timed_out_can_be_aborted_and_the_writer_goes_on(
    client, new_topic, open_writer, batches, read
):
    target = await new_topic("target")
    tp = TopicPartition(target, 0)
    writer = await open_writer(fault=stop_at("before-end"), transaction_timeout_ms=500)
    with pytest.raises(Stop):
        await writer.commit(batches({(target, 0): [b"late"]}), {})
    await ended(writer, tp)
    await writer.abort()
    writer._fault = stop_at("nowhere")
    await writer.commit(batches({(target, 0): [b"on time"]}), {})
    assert (await read(target))[0] == [b"on time"]


async def test_batches_serve_one_transaction(new_topic, open_writer, batches):
    target = await new_topic("target")
    writer = await open_writer()
    used = batches({(target, 0): [b"x"]})
    await writer.commit(used, {})
    with pytest.raises(WriterMisused):
        used.append(target, 0, [(b"k", b"v")], 1)
    with pytest.raises(WriterMisused):
        await writer.commit(used, {})


async def test_the_ends_of_a_partition_are_known_with_and_without_open_transactions(new_topic, open_writer, batches):
    target = await new_topic("target")
    tp = TopicPartition(target, 0)
    await (await open_writer("one")).commit(batches({(target, 0): [b"a", b"b"]}), {})
    writer = await open_writer("two", fault=stop_at("before-end"))
    with pytest.raises(Stop):
        await writer.commit(batches({(target, 0): [b"c"]}), {})
    assert await writer.end_offsets([tp], committed=True) == {tp: 3}
    assert await writer.end_offsets([tp], committed=False) == {tp: 4}
    assert await writer.earliest_offsets([tp]) == {tp: 0}


async def test_a_cluster_of_the_first_generation_is_refused_with_the_command_that_raises_it():
    with EmbeddedKafka(feature_levels={"transaction.version": 1}) as kafka:
        client = AIOKafkaClient(bootstrap_servers=kafka.bootstrap)
        await client.bootstrap()
        command = f"kafka-features.sh --bootstrap-server {kafka.bootstrap} upgrade --feature transaction.version=2"
        with pytest.raises(UnsupportedBroker, match=r"transaction\.version is at level 1") as refused:
            await TransactionalWriter.open(client, "anybody")
        await client.close()
    assert command in str(refused.value)
