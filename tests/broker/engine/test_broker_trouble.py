"""A broker goes away and comes back, or stays away: the worker goes on, or ends within its time; it never hangs."""

import asyncio
import signal

import pytest

from streams.broker import EmbeddedKafka
from tests.broker.engine.world import World

pytestmark = [pytest.mark.broker, pytest.mark.chaos]  # a minute, most of it a broker that starts and stops

STOP_S = 20  # there is nothing in hand to commit, so that it need not wait for anything


@pytest.fixture
def own(tmp_path):
    """A broker that may be hurt, and a world on it."""
    with EmbeddedKafka(directory=tmp_path / "kafka") as kafka:
        world = World(kafka.bootstrap, "counting", tmp_path)
        yield kafka, world
        world.close()


async def in_thread(function):
    return await asyncio.to_thread(function)


async def test_a_worker_goes_on_when_the_broker_is_back_and_ends_in_time_when_it_is_not(own):
    kafka, world = own
    worker = await world.start()
    await world.send(2_000)
    await world.settled()
    for stop in (kafka.node(1).stop, kafka.node(1).kill):
        load = asyncio.ensure_future(world.send(4_000))
        await world.until_committed(sum(map(len, world.sent.values())) - 3_000)
        await load
        await in_thread(stop)
        await in_thread(kafka.node(1).start)
        if worker.process.poll() is not None:
            worker = await world.start()  # as a supervisor would
        await world.send(1_000)
        await world.settled()
    await in_thread(kafka.node(1).kill)
    assert await worker.end(signal.SIGTERM, patience_s=STOP_S) == 0
