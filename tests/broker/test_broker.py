"""The embedded Kafka does what a Kafka does, and leaves nothing behind, whatever happens to it or to its parent."""

import os
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from streams.broker import BrokerError, EmbeddedKafka
from streams.broker.config import free_port
from streams.broker.probe import live_brokers

pytestmark = pytest.mark.broker

PARENT = """
import sys, time
from streams.broker import EmbeddedKafka
kafka = EmbeddedKafka().start()
print(kafka.pids[0], kafka.node(1).folder.parent, flush=True)
time.sleep(600)
"""
WAIT_S = 15


async def create(bootstrap, topic, replicas=1):
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, replicas)])
    await admin.close()


async def produce(bootstrap, topic, value):
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True) as producer:
        await producer.send_and_wait(topic, value)


async def read(bootstrap, topic, count=1):
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    async with consumer:
        return [(await consumer.getone()).value for _ in range(count)]


def until(claim):
    deadline = time.monotonic() + WAIT_S
    while not claim():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


def alive(pid):
    return Path(f"/proc/{pid}").exists() if sys.platform == "linux" else subprocess.call(["kill", "-0", str(pid)]) == 0


async def test_what_is_produced_can_be_read_back(kafka, new_topic):
    topic = await new_topic("orders", retention_ms="3600000")
    await produce(kafka.bootstrap, topic, b"one")
    assert await read(kafka.bootstrap, topic) == [b"one"]


async def test_a_misspelt_topic_is_not_created(kafka, fresh):
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    described = await admin.describe_topics([fresh("ordres")])
    names = await admin.list_topics()
    await admin.close()
    assert described[0]["error_code"] != 0
    assert fresh("ordres") not in names


async def test_data_in_a_directory_survives_stop_kill_and_restart_at_the_same_address(tmp_path):
    with EmbeddedKafka(directory=tmp_path) as first:
        address = first.bootstrap
        await create(address, "kept")
        await produce(address, "kept", b"before the stop")
        first.node(1).kill()
        first.node(1).start()
        await produce(address, "kept", b"after the kill")
    with EmbeddedKafka(directory=tmp_path) as second:
        assert second.bootstrap == address
        assert await read(address, "kept", 2) == [b"before the stop", b"after the kill"]
    with pytest.raises(BrokerError, match="holds a cluster of 1 node"):
        EmbeddedKafka(3, directory=tmp_path).start()


def test_it_ends_with_its_parent_even_by_sigkill_and_its_temporary_data_goes_too():
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        pid, folder = parent.stdout.readline().split()
        assert alive(pid)
        assert Path(folder).exists()
        os.kill(parent.pid, signal.SIGKILL)
    until(lambda: not alive(pid))
    until(lambda: not Path(folder).exists())


def test_a_taken_port_is_named():
    port = free_port()
    with socket.create_server(("127.0.0.1", port)), pytest.raises(BrokerError, match=f"port {port} is taken"):
        EmbeddedKafka(port=port).start()


def test_a_value_that_kafka_refuses_is_shown_in_its_words():
    with pytest.raises(BrokerError, match=r"Invalid value -1 for configuration num\.io\.threads"):
        EmbeddedKafka(properties={"num.io.threads": "-1"}).start()


def test_a_node_that_dies_at_its_start_shows_the_end_of_its_log():
    with pytest.raises(BrokerError, match=r"(?s)node 1 ended while it started:.*no\.such\.Reporter"):
        EmbeddedKafka(properties={"metric.reporters": "no.such.Reporter"}).start()


@pytest.mark.parametrize(("java", "words"), [("missing/java", "No such file"), ("/dev/null", "Permission denied")])
def test_java_that_cannot_start_is_named(java, words):
    with pytest.raises(BrokerError, match=f"Java cannot start: {java}: {words}"):
        EmbeddedKafka(java=java).start()


def test_a_place_that_cannot_hold_data_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BrokerError, match=r"cannot write Kafka's data to .*file"):
        EmbeddedKafka(directory=tmp_path / "file").start()


def finalized_level(port, feature):
    """The level in an ApiVersions answer, version 3, where the finalized features (name, highest, lowest) come last."""
    request = struct.pack(">hhihb", 18, 3, 0, -1, 0) + b"\x02t\x021\x00"
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(struct.pack(">i", len(request)) + request)
        stream = connection.makefile("rb")
        answer = stream.read(*struct.unpack(">i", stream.read(4)))
    return struct.unpack_from(">h", answer, answer.rindex(feature.encode()) + len(feature))[0]


def test_feature_levels_can_be_lowered_for_new_data(kafka):
    with EmbeddedKafka(feature_levels={"transaction.version": 1}) as old:
        assert finalized_level(old.node(1).ports.client, "transaction.version") == 1
    assert finalized_level(kafka.node(1).ports.client, "transaction.version") == 2


def test_a_paused_node_answers_nobody_until_it_is_resumed():
    with EmbeddedKafka() as kafka:
        node = kafka.node(1)
        node.pause()
        assert live_brokers(node.ports.client) == set()
        assert node.running
        node.resume()
        node.wait_until_alive({1})


@pytest.mark.timeout(180)
async def test_three_nodes_serve_on_when_one_is_killed_and_take_it_back():
    with EmbeddedKafka(3) as kafka:
        assert len(kafka.pids) == 3
        await create(kafka.bootstrap, "orders", replicas=3)
        await produce(kafka.bootstrap, "orders", b"with three")
        kafka.node(2).kill()
        assert len(kafka.pids) == 2
        await produce(kafka.bootstrap, "orders", b"with two")
        kafka.node(2).start()
        assert await read(kafka.bootstrap, "orders", 2) == [b"with three", b"with two"]
    assert kafka.pids == []
