"""What a test of the transactional writer needs: a client, writers, members of a group, and a reader of its own."""

import asyncio
import time
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.client import AIOKafkaClient

from streams.engine.writer import Batches, Member, TransactionalWriter
from tests.broker.writer.history import now_ms

HERE = Path(__file__).parent
READ_S = 20


def pytest_collection_modifyitems(config, items):
    """The long runs of this folder are asked for by their mark: `pytest -m chaos tests/broker/writer`."""
    if config.option.markexpr:
        return
    long = [item for item in items if HERE in item.path.parents and item.get_closest_marker("chaos")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if item not in long]


@pytest.fixture
async def client(kafka):
    client = AIOKafkaClient(bootstrap_servers=kafka.bootstrap)
    await client.bootstrap()
    yield client
    await client.close()


@pytest.fixture
async def open_writer(client, fresh):
    """`await open_writer("name")`: writers of the same name share a transactional id."""
    writers = []

    async def open_one(name="writer", *, through=client, **options):
        writers.append(await TransactionalWriter.open(through, fresh(name), **options))
        return writers[-1]

    yield open_one
    for writer in writers:
        await writer.close()


@pytest.fixture
async def join(kafka):
    """`await join(topic, group)`: a consumer that is a member; `member_of(consumer)` says which."""
    consumers = []

    async def join_group(topic, group, **options):
        consumer = AIOKafkaConsumer(
            topic,
            bootstrap_servers=kafka.bootstrap,
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            heartbeat_interval_ms=200,
            **options,
        )
        await consumer.start()
        consumers.append(consumer)
        await consumer.getmany(timeout_ms=50)
        return consumer

    yield join_group
    for consumer in consumers:
        await consumer.stop()


@pytest.fixture
def member_of():
    def member(consumer, **changes):
        coordinator = consumer._coordinator
        known = {"generation_id": coordinator.generation, "member_id": coordinator.member_id}
        return Member(**{"group_id": coordinator.group_id, "instance_id": None, **known, **changes})

    return member


@pytest.fixture
def batches():
    """`batches({(topic, partition): [b"a", b"b"]})`: records with these values."""

    def fill(values, **options):
        filled = Batches(**options)
        for (topic, partition), some in values.items():
            filled.append(topic, partition, [(b"key", value) for value in some], now_ms())
        return filled

    return fill


@pytest.fixture
def read(kafka):
    """`await read(topic)`: {partition: values} as far as `isolation` may see now, once no transaction is ending.

    With `open_transaction=True` the reader does not wait for the topic to settle.
    """

    async def read_topic(topic, isolation="read_committed", *, open_transaction=False, with_offsets=False):
        consumer = AIOKafkaConsumer(
            bootstrap_servers=kafka.bootstrap, isolation_level=isolation, enable_auto_commit=False
        )
        async with consumer:
            tps = [TopicPartition(topic, p) for p in range(len(await _partitions(consumer, topic)))]
            consumer.assign(tps)
            await consumer.seek_to_beginning()
            if not open_transaction:
                await _settle(kafka, tps)
            records = await _read_to(consumer, await consumer.end_offsets(tps))
        return {p: [(r.offset, r.value) if with_offsets else r.value for r in some] for p, some in records.items()}

    return read_topic


async def _partitions(consumer, topic):
    await consumer._client._wait_on_metadata(topic)
    return consumer.partitions_for_topic(topic)


async def _settle(kafka, tps):
    """Wait until what read_committed and read_uncommitted readers may see is the same."""
    async with (
        AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap, isolation_level="read_committed") as strict,
        AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap, isolation_level="read_uncommitted") as loose,
    ):
        deadline = time.monotonic() + READ_S
        while await strict.end_offsets(tps) != await loose.end_offsets(tps):
            assert time.monotonic() < deadline, "a transaction is stuck"
            await asyncio.sleep(0.02)


async def _read_to(consumer, ends):
    values = {tp.partition: [] for tp in ends}
    deadline = time.monotonic() + READ_S
    while [tp for tp, end in ends.items() if await consumer.position(tp) < end]:
        assert time.monotonic() < deadline, "the reader does not get to the end"
        for tp, records in (await consumer.getmany(timeout_ms=100)).items():
            values[tp.partition] += records
    return values
