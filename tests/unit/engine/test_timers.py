"""Timers are rows: set and fired within a transaction, earliest first."""

from collections import deque

import pytest

from streams.engine.cache import RowCache
from streams.engine.rows import Rows
from streams.engine.store import MemoryStore
from streams.engine.timers import DUE, Timer, Timers


@pytest.fixture
def timers():
    return Timers("counting", Rows(DUE, RowCache(DUE, MemoryStore(), deque())), 1_000)


def fired(timers, now):
    return [(event.data.name, event.data.due) for event in timers.due(now)]


def test_a_timer_is_due_at_its_time_and_not_before(timers):
    timers.set("a", 5_000)
    assert (fired(timers, 4_999), fired(timers, 5_000)) == ([], [("a", 5_000)])


def test_timers_fire_earliest_first_whatever_their_digits_and_names(timers):
    for name, due in [("z", 9), ("a/b", 10_000_000), ("", 500), ("m", 9)]:
        timers.set(name, due)
    assert fired(timers, 10_000_000) == [("m", 9), ("z", 9), ("", 500), ("a/b", 10_000_000)]
    assert timers.next_due() == 9


def test_a_timer_set_again_for_the_same_time_is_one_and_for_another_time_is_two(timers):
    timers.set("a", 5_000)
    timers.set("a", 5_000)
    timers.set("a", 7_000)
    assert [event.data for event in timers.due(9_000)] == [Timer("a", 5_000), Timer("a", 7_000)]


def test_a_timer_that_an_earlier_version_has_set_fires_and_is_gone(timers):
    timers._rows["000000000005000/hold/O1/0"] = {"hold": "O1/0"}
    (event,) = timers.due(9_000)
    timers.done(event.data)
    assert (event.data, timers.next_due()) == (Timer("hold/O1/0", 5_000), None)


def test_a_timer_that_has_fired_is_gone(timers):
    timers.set("a", 5_000)
    (event,) = timers.due(9_000)
    timers.done(event.data)
    assert (fired(timers, 9_000), timers.next_due(), timers.fired) == ([], None, 1)


def test_what_a_timer_causes_repeats_its_id_and_its_time_on_replay(timers):
    timers.set("a", 5_000)
    (event,) = timers.due(9_000)
    assert (event.event_id, event.time, event.timestamp.timestamp()) == ("counting-timer/a/5000", 5_000, 5.0)


def test_before_the_first_event_it_is_no_time_at_all():
    assert Timers("counting", {}, -(2**60)).now == 0


def test_a_timer_set_before_all_others_is_found_although_nothing_was_due_so_early():
    rows = Rows(DUE, RowCache(DUE, MemoryStore(), deque()))
    Timers("counting", rows, 1_000).set("late", 9_000)
    timers = Timers("counting", rows, 1_000, none_before=9_000)
    assert timers.next_due() == 9_000
    timers.set("early", 2_000)
    assert (timers.next_due(), fired(timers, 9_000)) == (2_000, [("early", 2_000), ("late", 9_000)])
