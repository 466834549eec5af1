"""Every engine can be started the same way, and none of what is installed is unpinned."""

import re
from pathlib import Path

import pytest

from benchmarks.engines.catalogue import ENGINES
from benchmarks.engines.engine import Job
from benchmarks.engines.python_peer import PEERS
from benchmarks.peers.lock import COMPILER_LOCK, PYTHON_PEERS, STREAMS_LOCK
from streams.broker.jars import locked_jars

JOB = Job("127.0.0.1:1", "count-1", "orders", "counts", Path("/nowhere"))


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_gets_its_job_and_then_its_options(name):
    engine = ENGINES[name]
    commands = engine.commands(["program"], JOB)
    assert len(commands) == engine.processes
    for command in commands:
        assert command == ["program", "127.0.0.1:1", "count-1", "orders", "counts", "/nowhere", *engine.options]


def test_the_engines_of_the_comparison_are_there():
    assert {"millrace", "kafka-streams", "kafka-streams-2", "quix", "bytewax", "faust", "aiokafka"} <= set(ENGINES)


@pytest.mark.parametrize("peer", PYTHON_PEERS)
def test_a_python_peer_is_pinned_with_hashes(peer):
    packages = re.split(r"\n(?=\S)", (PEERS / peer / "requirements.txt").read_text().strip())
    assert all("==" in package and "--hash=sha256:" in package for package in packages if package[0] != "#")
    assert (PEERS / peer / "keyed_count.py").exists()


@pytest.mark.parametrize("lock", [STREAMS_LOCK, COMPILER_LOCK], ids=lambda lock: lock.name)
def test_jars_are_pinned_with_hashes(lock):
    assert all(re.fullmatch("[0-9a-f]{64}", jar.sha256) for jar in locked_jars(lock))


def test_kafka_streams_is_of_the_brokers_version():
    version = {jar.artifact: jar.version for jar in locked_jars(STREAMS_LOCK)}
    broker = {jar.artifact: jar.version for jar in locked_jars()}
    assert version["kafka-streams"] == version["kafka-clients"] == broker["kafka-clients"]
