"""Batches go to the leader of the moment, in order, in requests of bounded size, and their offsets are learnt."""

from collections import deque
from types import SimpleNamespace

import pytest
from aiokafka import TopicPartition

from streams.engine.writer import Abortable, Code, Retriable
from streams.engine.writer.batches import SealedBatch
from streams.engine.writer.leaders import Leaders
from streams.engine.writer.protocol import ListOffsets, Produce
from streams.engine.writer.records import Appending, append
from tests.unit.writer.fakes import GIVE_UP_S, Cluster, FakeLink, retries

A, B = TopicPartition("t", 0), TopicPartition("t", 1)
APPENDING = Appending("tx", 100, max_request_bytes=100)


def batches(*sizes):
    return deque(SealedBatch(bytearray(b"x" * size), size) for size in sizes)


def partitions(request):
    return [TopicPartition(name, row[0]) for name, rows in request.topics for row in rows]


def produced(request, code=Code.NONE, offset=1_000):
    rows = [(tp.partition, code, offset, -1, 0, [], None) for tp in partitions(request)]
    return SimpleNamespace(topics=[("t", rows)])


def listed(request, offset):
    return SimpleNamespace(topics=[("t", [(tp.partition, 0, -1, offset, -1) for tp in partitions(request)])])


def leaders(answer, **cluster):
    link = FakeLink(answer, Cluster(**cluster))
    return Leaders(link, GIVE_UP_S, retries()), link


async def test_one_request_per_leader_carries_all_its_partitions():
    asked, link = leaders(lambda _, request: produced(request), leaders={A: 1, B: 1})
    assert await append(asked, APPENDING, {A: batches(3), B: batches(4)}) == {A: 1_003, B: 1_004}
    assert [partitions(request) for _, request in link.asked] == [[A, B]]


async def test_leaders_get_their_own_partitions():
    asked, link = leaders(lambda _, request: produced(request), leaders={A: 1, B: 2})
    await append(asked, APPENDING, {A: batches(3), B: batches(4)})
    assert {node: partitions(request) for node, request in link.asked} == {1: [A], 2: [B]}


async def test_a_request_ends_at_the_limit_of_bytes():
    asked, link = leaders(lambda _, request: produced(request), leaders={A: 1, B: 1})
    await append(asked, APPENDING, {A: batches(60), B: batches(60)})
    assert [partitions(request) for _, request in link.asked] == [[A], [B]]


async def test_the_next_batch_of_a_partition_waits_for_the_one_before_it():
    codes = iter([Code.NOT_ENOUGH_REPLICAS, Code.NONE, Code.NONE])
    asked, link = leaders(lambda _, request: produced(request, next(codes)), leaders={A: 1})
    await append(asked, APPENDING, {A: batches(1, 2)})
    assert [len(request.topics[0][1][0][1]) for _, request in link.asked] == [1, 1, 2]


@pytest.mark.parametrize("code", [Code.NOT_LEADER_OR_FOLLOWER, Code.KAFKA_STORAGE_ERROR, None])
async def test_a_leader_that_moved_or_is_silent_is_looked_up_again(code):
    asked, link = leaders(
        lambda node, request: produced(request) if node == 2 else code and produced(request, code),
        leaders={A: 1},
        after_refresh={A: 2},
    )
    assert await append(asked, APPENDING, {A: batches(3)}) == {A: 1_003}
    assert [node for node, _ in link.asked] == [1, 2]


async def test_a_partition_without_a_leader_is_waited_for():
    asked, link = leaders(lambda _, request: produced(request), leaders={A: -1}, after_refresh={A: 2})
    assert await append(asked, APPENDING, {A: batches(3)}) == {A: 1_003}
    assert link.refreshed == 1


async def test_a_partition_that_never_has_a_leader_ends_patience():
    asked, _ = leaders(lambda _, request: produced(request))
    with pytest.raises(Retriable, match="LEADER_NOT_AVAILABLE"):
        await append(asked, APPENDING, {A: batches(3)})


async def test_a_forgotten_duplicate_learns_its_offset_from_the_end_of_the_partition():
    def answer(_, request):
        if isinstance(request, ListOffsets):
            return listed(request, 77)
        assert isinstance(request, Produce)
        return produced(request, Code.DUPLICATE_SEQUENCE_NUMBER, -1)

    asked, _ = leaders(answer, leaders={A: 1})
    assert await append(asked, APPENDING, {A: batches(3)}) == {A: 77}


async def test_a_refusal_names_the_partition():
    asked, _ = leaders(lambda _, request: produced(request, Code.INVALID_PRODUCER_EPOCH, -1), leaders={B: 1})
    with pytest.raises(Abortable, match="Produce t-1: INVALID_PRODUCER_EPOCH"):
        await append(asked, APPENDING, {B: batches(3)})
