"""A partition that stands still while records wait is noticed, and in the end ends the worker."""

from types import SimpleNamespace

import pytest
from aiokafka.structs import TopicPartition

from streams.engine.committer import NO_SESSION
from streams.engine.errors import StuckPartitionError
from streams.engine.watchdog import GIVE_UP_SECONDS, WARN_SECONDS, Watchdog

A, B = TopicPartition("a", 0), TopicPartition("b", 0)


@pytest.fixture
def app():
    ends = {A: 10, B: 10}
    committer = SimpleNamespace(session=1, committed={A: 5, B: 10})
    return SimpleNamespace(committer=committer, ends=ends, consumer=SimpleNamespace(highwater=ends.get))


@pytest.fixture
def watchdog(app):
    watchdog = Watchdog(app)
    watchdog.look(0)
    return watchdog


def test_a_partition_that_stands_still_is_noticed_and_one_at_its_end_is_not(watchdog):
    watchdog.look(WARN_SECONDS)
    assert watchdog.stuck == {A: WARN_SECONDS}


def test_one_that_moves_is_not_stuck_however_far_behind(watchdog, app):
    for now in range(1, 10):
        app.committer.committed[A] += 1
        app.ends[A] += 1_000
        watchdog.look(now * WARN_SECONDS)
        assert watchdog.stuck == {}


def test_one_that_had_nothing_to_read_for_long_is_not_stuck_at_its_next_record(watchdog, app):
    app.committer.committed[A] = 10
    watchdog.look(1)
    watchdog.look(1_000)
    app.ends[A] = 11
    watchdog.look(1_001)
    assert watchdog.stuck == {}


def test_a_rebalance_begins_the_count_anew(watchdog, app):
    watchdog.look(WARN_SECONDS)
    app.committer.session = NO_SESSION
    watchdog.look(GIVE_UP_SECONDS)
    app.committer.session = 2
    watchdog.look(GIVE_UP_SECONDS + 1)
    assert watchdog.stuck == {}


def test_one_whose_end_is_not_known_yet_is_not_judged(app):
    app.ends.clear()
    watchdog = Watchdog(app)
    watchdog.look(0)
    watchdog.look(GIVE_UP_SECONDS)
    assert watchdog.stuck == {}


def test_one_that_does_not_recover_ends_the_worker(watchdog):
    with pytest.raises(StuckPartitionError, match="a-0 has stood still for 120 s"):
        watchdog.look(GIVE_UP_SECONDS)


def test_it_is_told_once(watchdog, caplog):
    for second in range(3):
        watchdog.look(WARN_SECONDS + second)
    assert [record.getMessage() for record in caplog.records] == ["a-0 stands still at offset 5, though records wait"]
