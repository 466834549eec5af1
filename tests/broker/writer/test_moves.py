"""Ten thousand transactions while brokers stop, die and freeze, and answers are lost: nothing lost, torn or stuck.

Half an hour: `pytest -m chaos -s tests/broker/writer/test_moves.py` prints the figures. What one lost answer
does, quickly: test_bad_network.py.
"""

import asyncio
import time
from collections import Counter
from random import Random

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from streams.broker import EmbeddedKafka
from streams.engine.writer import Code
from tests.broker.writer.history import History
from tests.broker.writer.proxy import BadlyConnectedClient, BadNetwork, some_lost

pytestmark = [pytest.mark.broker, pytest.mark.chaos, pytest.mark.timeout(3600)]

TRANSACTIONS, LOST, SEED = 10_000, 0.05, 5
BETWEEN_MOVES = 250
FROZEN_S = 4.0
"""Longer than the embedded brokers' session: the others take over while the frozen one believes that it leads."""


@pytest.fixture(scope="module")
def kafka():
    with EmbeddedKafka(nodes=3) as kafka:
        yield kafka


@pytest.fixture
async def new_topic(kafka, fresh):
    async def create(name, partitions):
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
        await admin.start()
        await admin.create_topics([NewTopic(fresh(name), partitions, 3)])
        await admin.close()
        return fresh(name)

    return create


class Moves:
    """Stops, kills or freezes one broker after another, `BETWEEN_MOVES` transactions apart."""

    def __init__(self, kafka, history, random):
        self._kafka, self._history, self._random = kafka, history, random
        self.made = Counter()

    async def run(self):
        """Without end; the test cancels it."""
        while True:
            await self._transactions(BETWEEN_MOVES)
            node, how = self._random.choice(self._kafka.nodes), self._random.choice([self.stop, self.kill, self.freeze])
            self.made[how.__name__] += 1
            await how(node)

    async def stop(self, node):
        await asyncio.to_thread(node.stop)
        await self._transactions(20)
        await asyncio.to_thread(node.start)

    async def kill(self, node):
        await asyncio.to_thread(node.kill)
        await self._transactions(20)
        await asyncio.to_thread(node.start)

    async def freeze(self, node):
        await asyncio.to_thread(node.pause)
        await asyncio.sleep(FROZEN_S)
        node.resume()

    async def _transactions(self, count):
        goal = self._history.outcomes.total() + count
        while True:
            if self._history.outcomes.total() >= goal:
                return
            await asyncio.sleep(0.05)


@pytest.fixture
async def network():
    network = BadNetwork(some_lost(LOST, Random(SEED)))
    yield network
    await network.stop()


@pytest.fixture
async def bad_client(kafka, network):
    client = BadlyConnectedClient(network, bootstrap_servers=kafka.bootstrap, request_timeout_ms=2_000)
    await client.bootstrap()
    yield client
    await client.close()


async def test_ten_thousand_transactions_survive_lost_answers_and_moving_leaders(
    kafka, network, bad_client, new_topic, open_writer, join, member_of, read
):
    targets = {await new_topic(name, 3): 3 for name in ("changelog", "output")}
    source = await new_topic("source", 2)
    consumer = await join(source, f"group-{source}", session_timeout_ms=30_000, max_poll_interval_ms=3_600_000)
    history = History(Random(SEED), targets, source, 2, lambda: member_of(consumer))
    writer = await open_writer(through=bad_client, request_timeout_ms=400, fault=history.stopper)
    moves, began = Moves(kafka, history, Random(SEED)), time.monotonic()
    moving = asyncio.ensure_future(moves.run())
    await history.run(writer, TRANSACTIONS)
    took_s = time.monotonic() - began
    moving.cancel()
    await asyncio.gather(moving, return_exceptions=True)
    report(took_s, history, moves, network, writer)
    await asyncio.gather(*(asyncio.to_thread(node.start) for node in kafka.nodes))
    for topic in targets:
        assert await read(topic) == {p: history.expected[topic, p] for p in range(3)}
        found = await read(topic, with_offsets=True)
        assert all(set(history.last[topic, p]) <= set(found[p]) for p in range(3))
    assert await writer.stable_offsets(f"group-{source}", history.offsets) == history.offsets


def report(took_s, history, moves, network, writer):
    retries = {f"{request} {Code(code).name}": n for (request, code), n in sorted(writer.retries.items())}
    print(f"\n{TRANSACTIONS} transactions in {took_s:.0f} s: {dict(history.outcomes)}")  # noqa: T201
    print(f"moves {dict(moves.made)}\nlost {dict(network.lost)}\nretries {retries}")  # noqa: T201
