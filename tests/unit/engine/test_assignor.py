"""Which worker has which partitions: all topics of a partition together, however workers come and go."""

import pytest
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.structs import TopicPartition
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.engine.config import EngineConfig
from streams.engine.errors import TopologyError
from streams.engine.resumption import check_sources
from tests.support.pipes import Number, Pipe, Shop

PARTITIONS = 6
OTHER = Pipe("others", PARTITIONS, (Number,))


class Cluster:
    def partitions_for_topic(self, _topic):
        return set(range(PARTITIONS))


def worker(name, *extra):
    app = Shop(partitions=PARTITIONS, extra=extra).app()
    app.configure(EngineConfig({}, url=f"http://{name}"))
    return app


def rebalance(workers):
    """As the group's leader does it: {worker: topic partitions}; each worker is told."""
    topics = {name: {topic.name for topic in app.service.reads} for name, app in workers.items()}
    metadata = {name: app.assignor.metadata(topics[name]) for name, app in workers.items()}
    answer = next(iter(workers.values())).assignor.assign(Cluster(), metadata)
    for name, told in answer.items():
        workers[name].assignor.on_assignment(ConsumerProtocolMemberAssignment.decode(told.encode()))
    return {
        name: {TopicPartition(t, p) for t, parts in told.assignment for p in parts} for name, told in answer.items()
    }


@given(st.lists(st.sets(st.sampled_from("abcde"), min_size=1), min_size=1, max_size=5))
@settings(deadline=None, max_examples=30)
def test_every_partition_has_one_owner_and_it_has_all_its_topics(rounds):
    alive = {}
    for names in rounds:
        alive = {name: alive.get(name) or worker(name, OTHER) for name in sorted(names)}
        given_out = rebalance(alive)
        everything = sorted((name, tp.topic, tp.partition) for name, tps in given_out.items() for tp in tps)
        assert len(everything) == 2 * PARTITIONS
        owners = [{name for name, _, p in everything if p == partition} for partition in range(PARTITIONS)]
        assert all(len(owner) == 1 for owner in owners)
        for name, app in alive.items():
            check_sources(app, given_out[name])


def test_partitions_are_shared_evenly_and_stay_where_they_were():
    alive = {"a": worker("a"), "b": worker("b")}
    before = rebalance(alive)
    assert [len(tps) for tps in before.values()] == [3, 3]
    after = rebalance({**alive, "c": worker("c")})
    assert [len(tps) for tps in after.values()] == [2, 2, 2]
    assert all(after[name] < before[name] for name in "ab")


def test_workers_that_read_different_topics_are_told_before_two_write_the_same_rows():
    """An upgrade that adds a topic: the old workers do not read it, and the assignor then spreads it as it likes."""
    workers = {"old": worker("old"), "new": worker("new", OTHER)}
    given_out = rebalance(workers)
    with pytest.raises(TopologyError, match=r"partition \d of others .* stop all workers of counting"):
        check_sources(workers["old"], given_out["old"])
