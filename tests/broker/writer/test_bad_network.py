"""Lost answers, slow answers and broken connections change nothing that a reader can see."""

import asyncio
from random import Random

import pytest
from aiokafka import TopicPartition

from streams.engine.writer import Batches, Retriable, State, UnknownOutcome, WriterMisused
from tests.broker.writer.history import History, now_ms
from tests.broker.writer.patience import give_up_after
from tests.broker.writer.proxy import KINDS, BadlyConnectedClient, BadNetwork, some_lost

pytestmark = pytest.mark.broker

TRANSACTIONS, LOST = 300, 0.05
TIMEOUT_MS, GIVE_UP_S, FOR_EVER = 200, 1.0, 1_000
SETTLED_S = 8
"""Less than the transaction's time-out, which would end it too."""


def all_kept(_):
    return "kept"


@pytest.fixture
async def network():
    network = BadNetwork(all_kept)
    yield network
    await network.stop()


@pytest.fixture
async def bad_client(kafka, network):
    client = BadlyConnectedClient(network, bootstrap_servers=kafka.bootstrap)
    await client.bootstrap()
    yield client
    await client.close()


class OneCommit:
    """A writer on the bad network, and a commit (two records at `target`, an offset at `tp`) for fate to meet."""

    def __init__(self, writer, network, consumer, target, source):
        self.writer, self._network, self._consumer, self.target = writer, network, consumer, target
        self.tp, self.group = TopicPartition(source, 0), f"group-{source}"

    async def __call__(self, request, fate, times=FOR_EVER, offset=2, values=(b"a", b"b")):
        left = iter(range(times))
        self._network.fate = lambda name: fate if name == request and next(left, None) is not None else "kept"
        batches = Batches()
        batches.append(self.target, 0, [(b"key", value) for value in values], now_ms())
        return await self.writer.commit(batches, {self.tp: offset}, self._consumer())

    async def without_answer(self, fate, **options):
        """Ask for the commit until patience, which is short from the last step on, ends."""
        self.writer._fault = lambda point: (
            point == "before-end" and give_up_after(self.writer, GIVE_UP_S, request_timeout_ms=TIMEOUT_MS)
        )
        with pytest.raises(UnknownOutcome, match="EndTxn: NETWORK_EXCEPTION"):
            await self("EndTxn", fate, **options)
        give_up_after(self.writer, 30, request_timeout_ms=5_000)


@pytest.fixture
async def commit(bad_client, network, open_writer, new_topic, join, member_of):
    source, target = await new_topic("source"), await new_topic("target")
    consumer = await join(source, f"group-{source}")
    writer = await open_writer(through=bad_client)
    commit = OneCommit(writer, network, lambda: member_of(consumer), target, source)
    await commit("nothing", "kept", offset=1, values=[b"before"])
    return commit


async def test_the_history_is_exact_when_answers_are_lost(
    bad_client, network, open_writer, new_topic, join, member_of, read
):
    targets = {await new_topic(name, partitions=3): 3 for name in ("changelog", "output")}
    source = await new_topic("source", partitions=2)
    consumer = await join(source, f"group-{source}")
    history = History(Random(11), targets, source, 2, lambda: member_of(consumer))
    network.fate = some_lost(LOST, Random(7))
    writer = await open_writer(through=bad_client, request_timeout_ms=300, fault=history.stopper)
    await history.run(writer, TRANSACTIONS)
    for topic in targets:
        assert await read(topic) == {p: history.expected[topic, p] for p in range(3)}
        found = await read(topic, with_offsets=True)
        assert all(set(history.last[topic, p]) <= set(found[p]) for p in range(3))
    assert await writer.stable_offsets(f"group-{source}", history.offsets) == history.offsets
    assert {kind for _, kind in network.lost} == set(KINDS)
    assert set(history.outcomes) >= {"committed", "stopped"}


@pytest.mark.parametrize("request_name", ["TxnOffsetCommit", "Produce", "EndTxn"])
@pytest.mark.parametrize("fate", KINDS)
async def test_one_lost_answer_is_asked_for_again(commit, read, request_name, fate):
    commit.writer._link.request_timeout_ms = TIMEOUT_MS
    assert await commit(request_name, fate, times=1) == {TopicPartition(commit.target, 0): 4}
    assert (await read(commit.target))[0] == [b"before", b"a", b"b"]


@pytest.mark.parametrize(("fate", "committed"), [("dropped", True), ("closed after", True), ("closed within", False)])
@pytest.mark.parametrize("offset", [1, 2], ids=["offset stays", "offset moves"])
async def test_a_commit_without_an_answer_is_resolved(commit, read, fate, committed, offset):
    await commit.without_answer(fate, offset=offset)
    with pytest.raises(WriterMisused, match="resolve"):
        await commit("EndTxn", fate)
    with pytest.raises(WriterMisused, match="no trace"):
        await commit.writer.resolve([], commit.group)
    assert await commit.writer.resolve([commit.tp], commit.group) is committed
    assert commit.writer.state is State.READY
    assert (await read(commit.target))[0] == ([b"before", b"a", b"b"] if committed else [b"before"])


async def test_whoever_was_replaced_learns_the_outcome_and_leaves_the_id_to_the_new_owner(
    commit, network, open_writer, batches, read
):
    commit.writer._link.request_timeout_ms = 3_000
    lost = asyncio.ensure_future(commit("EndTxn", "dropped", times=1))
    await until(lambda: network.lost["EndTxn", "dropped"])
    owner = await open_writer()
    with pytest.raises(UnknownOutcome, match="PRODUCER_FENCED"):
        await lost
    assert await commit.writer.resolve([commit.tp], commit.group)
    assert commit.writer.state is State.CLOSED
    await owner.commit(batches({(commit.target, 0): [b"owner"]}), {})
    assert (await read(commit.target))[0] == [b"before", b"a", b"b", b"owner"]


@pytest.mark.parametrize("lost", ["InitProducerId", "OffsetFetch"])
async def test_a_resolution_without_an_answer_is_asked_for_again(commit, network, lost):
    await commit.without_answer("dropped")
    network.fate = lambda name: "closed after" if name == lost else "kept"
    give_up_after(commit.writer, GIVE_UP_S)
    with pytest.raises(Retriable, match=f"{lost}: NETWORK_EXCEPTION"):
        await commit.writer.resolve([commit.tp], commit.group)
    network.fate = all_kept
    give_up_after(commit.writer, 30)
    assert await commit.writer.resolve([commit.tp], commit.group)


async def test_a_writer_that_closes_leaves_no_transaction_open(commit, network, read):
    await commit.without_answer("closed within")
    network.fate = all_kept
    await commit.writer.close()
    async with asyncio.timeout(SETTLED_S):
        assert (await read(commit.target))[0] == [b"before"]


async def until(claim):
    while True:
        if claim():
            return
        await asyncio.sleep(0.01)
