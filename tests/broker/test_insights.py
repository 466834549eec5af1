"""A worker of the insights service on a broker of its own: results once, although it is killed in the middle."""

import asyncio
import os
import signal
import subprocess
import sys
import time

import aiokafka
import httpx
import pytest

from streams import topics
from streams.broker import EmbeddedKafka
from streams.engine.partitioner import Partitioner
from streams.engine.topics import Plan, create
from tests.wiring.insights_history import HOUR, MINUTE, TOPIC_OF, history, windowed_sales

pytestmark = [pytest.mark.broker, pytest.mark.timeout(240)]

ORDERS, HALF = 400, 200
READY_SECONDS, QUIET_SECONDS = 60.0, 90.0
SPARE_MS = 5 * MINUTE  # no task's last event is older, so that what ended before closes once the sources are idle


@pytest.fixture
def broker():
    with EmbeddedKafka() as kafka:
        yield kafka.bootstrap


async def publish(bootstrap, events):
    partitioner = Partitioner(lambda _name: topics.PARTITIONS)
    async with aiokafka.AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for event in events:
            topic = TOPIC_OF[event.event_type]
            key = topic.derive(event, event.data, 0)[0]
            partition = partitioner.partition(topic.name, key, 0)
            await producer.send(topic.name, topic.write([event])[0], key=key, partition=partition)
        await producer.flush()


async def read(bootstrap, topic):
    """Everything committed."""
    async with aiokafka.AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed") as consumer:
        partitions = [aiokafka.TopicPartition(topic.name, n) for n in range(topics.PARTITIONS)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning()
        ends, found = await consumer.end_offsets(partitions), []
        while any([await consumer.position(partition) < ends[partition] for partition in partitions]):
            for partition, records in (await consumer.getmany(timeout_ms=200)).items():
                found += topic.read(partition.partition, records)
        return found


async def minutes(bootstrap):
    """The results of one window."""
    return [one for one in await read(bootstrap, topics.insights) if getattr(one.data, "window", "") == "sales-1m"]


def window_of(result):
    return result.key, result.start, result.end


def worker(bootstrap, state, port):
    command = ["worker", "insights", "--bootstrap", bootstrap, "--data", str(state), "--port", str(port)]
    return subprocess.Popen([sys.executable, "-m", "agents.cli", *command], stderr=subprocess.DEVNULL)


async def until(holds, seconds):
    deadline = time.monotonic() + seconds
    while not await holds():
        assert time.monotonic() < deadline, f"not within {seconds} s: {holds.__name__}"
        await asyncio.sleep(0.3)


async def test_a_worker_that_is_killed_says_every_minute_once_and_shows_it(broker, tmp_path, unused_tcp_port):
    events = history(5, orders=ORDERS, span=2 * HOUR)
    await create({"bootstrap_servers": broker}, [Plan(t.name, t.partitions, t.config) for t in topics.ALL])
    half = len(events) // 2
    await publish(broker, events[:half])
    expected = windowed_sales(events, MINUTE, MINUTE)
    over = {window for window in expected if window[2] < max(event.time for event in events) - SPARE_MS}
    first = worker(broker, tmp_path, unused_tcp_port)

    async def something_travels():
        return len(await read(broker, topics.insights_by_product)) > HALF // 2

    await until(something_travels, READY_SECONDS)
    first.kill()
    first.wait()
    await publish(broker, events[half:])
    second = worker(broker, tmp_path, unused_tcp_port)

    async def what_is_over_was_said():
        said = await minutes(broker)
        assert len({one.event_id for one in said}) == len(said)
        return over <= {window_of(one.data) for one in said}

    try:
        await until(what_is_over_was_said, READY_SECONDS + QUIET_SECONDS)
        said = {window_of(one.data): one.data.values for one in await minutes(broker)}
        assert {window: expected[window] for window in said} == said
        assert await read(broker, topics.late_events) == []
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{unused_tcp_port}") as client:
            shown = (await client.get("/windows/sales-1m", params={"key": "A"})).json()["windows"]
        assert len(shown) == sum(product == "A" for product, *_ in expected)
    finally:
        os.kill(second.pid, signal.SIGTERM)
        assert second.wait(60) == 0
