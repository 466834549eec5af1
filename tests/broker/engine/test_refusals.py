"""A worker that cannot work says why, soon, and ends with code 1."""

import time

import pytest
from aiokafka import AIOKafkaConsumer

from streams.broker import EmbeddedKafka
from tests.broker.engine.world import World

pytestmark = pytest.mark.broker

SOON_S = 30


async def refused(worker):
    """What it said when it ended."""
    began = time.monotonic()
    assert await worker.end(patience_s=2 * SOON_S) == 1
    assert time.monotonic() - began < SOON_S
    return worker.words


async def test_a_broker_that_is_not_there(world):
    words = await refused(world.launch(bootstrap="127.0.0.1:1"))
    assert "KafkaConnectionError" in words
    assert "127.0.0.1" in words


async def test_a_source_with_another_number_of_partitions(world):
    await world.create(world.source, partitions=3)
    words = await refused(world.launch())
    assert f"TopologyError: topic {world.source} has 3 partitions, {world.service} declares 4" in words


async def test_a_group_that_speaks_another_protocol(world):
    await world.create(world.source)
    consumer = AIOKafkaConsumer(world.source, bootstrap_servers=world.bootstrap, group_id=world.service)
    async with consumer:
        words = await refused(world.launch())
    assert "InconsistentGroupProtocolError" in words


async def test_a_broker_without_transactions_of_the_second_generation(tmp_path):
    with EmbeddedKafka(feature_levels={"transaction.version": 1}) as kafka:
        world = World(kafka.bootstrap, "counting", tmp_path)
        try:
            words = await refused(world.launch())
        finally:
            world.close()
    assert "feature transaction.version is at level 1 here" in words
    assert "upgrade --feature transaction.version=2" in words
