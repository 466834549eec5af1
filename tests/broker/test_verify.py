"""The judge on a real broker: it sees what is committed, to the last record, and knows when the stream is at rest."""

import socket
from collections.abc import Iterator

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from agents.verify import BrokerUnreachableError, at_rest, lags, verify, wait_for_rest
from streams.broker import EmbeddedKafka
from tests.unit.verify.tale import good_tale

pytestmark = pytest.mark.broker


@pytest.fixture(scope="module")
def own_kafka() -> Iterator[EmbeddedKafka]:
    """A broker of its own: the judge reads topics by their real names."""
    with EmbeddedKafka() as kafka:
        yield kafka


@pytest.fixture
async def connection(own_kafka):
    """An empty shop."""
    address = {"bootstrap_servers": own_kafka.bootstrap}
    admin = AIOKafkaAdminClient(**address)
    await admin.start()
    left = [topic for topic in await admin.list_topics() if not topic.startswith("__")]
    if left:
        await admin.delete_topics(left)
    yield address
    await admin.close()


async def publish(connection, records, *, commit=True, name="teller"):
    """Everything in one transaction, one partition per topic, so that offsets are as they were told."""
    admin = AIOKafkaAdminClient(**connection)
    await admin.start()
    there = await admin.list_topics()
    wanted = {record.position.topic for record in records} - set(there)
    await admin.create_topics([NewTopic(topic, 1, 1) for topic in sorted(wanted)])
    await admin.close()
    async with AIOKafkaProducer(**connection, transactional_id=name) as producer:
        await producer.begin_transaction()
        for record in records:
            await producer.send(
                record.position.topic, record.value, key=record.key, headers=list(record.headers), partition=0
            )
        await (producer.commit_transaction() if commit else producer.abort_transaction())
    assert await wait_for_rest(connection, [], seconds=30) == []  # the coordinator writes the markers afterwards


async def test_a_good_history_is_found_good_and_read_to_its_end(connection):
    records = good_tale().records
    await publish(connection, records)
    report = await verify(connection)
    assert report.violations == []
    assert sum(report.records.values()) == len(records)


async def test_what_was_aborted_is_not_seen_even_at_the_very_end(connection):
    tale = good_tale()
    await publish(connection, tale.records)
    await publish(connection, [tale.records[tale.find("SmsSent")]] * 3, commit=False, name="aborter")
    report = await verify(connection)
    assert report.ok
    assert report.records["notifications"] == 1


async def test_a_committed_duplicate_is_seen(connection):
    tale = good_tale()
    await publish(connection, [*tale.records, tale.records[tale.find("SmsSent")]])
    assert {found.check for found in (await verify(connection)).violations} == {
        "event ids are unique",
        "one message per shipped order",
    }


async def test_topics_that_do_not_exist_are_empty(connection):
    report = await verify(connection)
    assert report.ok
    assert set(report.records.values()) == {0}


async def test_progress_is_told_topic_by_topic(connection):
    await publish(connection, good_tale().records)
    told: list[tuple[str, int]] = []
    await verify(connection, progress=lambda topic, records: told.append((topic, records)))
    assert told[0] == ("orders", 5)
    assert told[-1] == ("dead-letters", len(good_tale().records))


async def test_a_broker_that_is_not_there_is_named():
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
        for question in (verify({"bootstrap_servers": address}), lags({"bootstrap_servers": address}, [])):
            with pytest.raises(BrokerUnreachableError, match=address):
                await question


async def test_the_stream_is_at_rest_when_every_group_has_committed_the_end(connection):
    records = good_tale().records
    await publish(connection, records)
    groups = [("inventory", ["orders", "missing"])]
    assert [(lag.topic, lag.committed, lag.end) for lag in await lags(connection, groups)] == [("orders", 0, 6)]
    assert not await at_rest(connection, groups)
    async with AIOKafkaConsumer(**connection, group_id="inventory", enable_auto_commit=False) as consumer:
        consumer.assign([TopicPartition("orders", 0)])
        await consumer.commit({TopicPartition("orders", 0): 6})
    assert await at_rest(connection, groups)
    assert await wait_for_rest(connection, groups, seconds=5) == []


async def test_waiting_for_rest_ends_with_what_is_left(connection):
    await publish(connection, good_tale().records)
    left = await wait_for_rest(connection, [("sleeper", ["orders"])], seconds=0.1)
    assert [lag.group for lag in left] == ["sleeper"]
