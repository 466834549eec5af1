"""Lost answers, slow answers and broken connections change nothing that a reader can see."""

import asyncio
from random import Random

import pytest
from aiokafka import TopicPartition

from streams.engine.writer import State, UnknownOutcome, WriterMisused
from tests.broker.writer.history import History
from tests.broker.writer.proxy import KINDS, BadlyConnectedClient, BadNetwork, some_lost

pytestmark = pytest.mark.broker

TRANSACTIONS, LOST = 300, 0.05
QUICK = {"request_timeout_ms": 150, "give_up_s": 0.6}


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


@pytest.fixture
async def one_commit(bad_client, network, open_writer, new_topic, join, member_of, batches):
    """A writer on the bad network, and one commit (records at `target`, offset `tp`) that meets the given fate."""
    source, target = await new_topic("source"), await new_topic("target")
    consumer = await join(source, f"group-{source}")
    tp = TopicPartition(source, 0)

    async def prepare(**options):
        writer = await open_writer(through=bad_client, **options)
        await writer.commit(batches({(target, 0): [b"before"]}), {tp: 1}, member_of(consumer))

        async def commit(request, fate, times=1_000, offset=2):
            left = iter(range(times))
            network.fate = lambda name: fate if name == request and next(left, None) is not None else "kept"
            try:
                return await writer.commit(batches({(target, 0): [b"a", b"b"]}), {tp: offset}, member_of(consumer))
            finally:
                network.fate = all_kept

        return writer, commit

    prepare.target, prepare.tp, prepare.group = target, tp, f"group-{source}"
    return prepare


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
async def test_one_lost_answer_is_asked_for_again(one_commit, read, request_name, fate):
    _, commit = await one_commit(request_timeout_ms=150)
    ends = await commit(request_name, fate, times=1)
    assert ends == {TopicPartition(one_commit.target, 0): 4}
    assert (await read(one_commit.target))[0] == [b"before", b"a", b"b"]


@pytest.mark.parametrize(("fate", "committed"), [("dropped", True), ("closed after", True), ("closed within", False)])
@pytest.mark.parametrize("offset", [1, 2], ids=["offset stays", "offset moves"])
async def test_a_commit_without_an_answer_is_resolved(one_commit, read, fate, committed, offset):
    writer, commit = await one_commit(**QUICK)
    with pytest.raises(UnknownOutcome, match="EndTxn: NETWORK_EXCEPTION"):
        await commit("EndTxn", fate, offset=offset)
    with pytest.raises(WriterMisused, match="resolve"):
        await commit("EndTxn", fate)
    assert await writer.resolve([one_commit.tp], one_commit.group) is committed
    assert writer.state is State.READY
    assert (await read(one_commit.target))[0] == ([b"before", b"a", b"b"] if committed else [b"before"])


async def test_whoever_was_replaced_learns_the_outcome_and_leaves_the_id_to_the_new_owner(
    one_commit, open_writer, batches, read
):
    writer, commit = await one_commit(request_timeout_ms=500)
    lost = asyncio.ensure_future(commit("EndTxn", "dropped", times=1))
    await asyncio.sleep(0.25)
    owner = await open_writer()
    with pytest.raises(UnknownOutcome, match="PRODUCER_FENCED"):
        await lost
    assert await writer.resolve([one_commit.tp], one_commit.group)
    assert writer.state is State.CLOSED
    await owner.commit(batches({(one_commit.target, 0): [b"owner"]}), {})
    assert (await read(one_commit.target))[0] == [b"before", b"a", b"b", b"owner"]


@pytest.mark.parametrize("lost", ["InitProducerId", "OffsetFetch"])
async def test_a_resolution_without_an_answer_is_asked_for_again(one_commit, network, lost):
    writer, commit = await one_commit(**QUICK)
    with pytest.raises(UnknownOutcome):
        await commit("EndTxn", "dropped")
    network.fate = lambda name: "closed after" if name == lost else "kept"
    with pytest.raises(Exception, match="NETWORK_EXCEPTION"):
        await writer.resolve([one_commit.tp], one_commit.group)
    network.fate = all_kept
    assert await writer.resolve([one_commit.tp], one_commit.group)


async def test_a_writer_that_closes_leaves_no_transaction_open(one_commit, read):
    writer, commit = await one_commit(**QUICK)
    with pytest.raises(UnknownOutcome):
        await commit("EndTxn", "closed within")
    await writer.close()
    async with asyncio.timeout(5):
        assert (await read(one_commit.target))[0] == [b"before"]
