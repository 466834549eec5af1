from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.windows import BEGINNING, END, Interval, Late, MemoryRows, Pair, Window

EVENTS = st.lists(
    st.tuples(st.sampled_from(["left", "right"]), st.integers(0, 7), st.integers(0, 30), st.sampled_from("ab")),
    max_size=25,
)


def join(interval: Interval, events: list[Any], every: int) -> tuple[list[Any], list[Any], MemoryRows[Any]]:
    """Each event as (side, time, key, value, watermark); what is said on arrival and on expiry, and the rows."""
    rows: MemoryRows[Any] = MemoryRows()
    decoder = msgspec.json.Decoder(interval.row)
    said, alone = [], []
    for n, (side, time, key, value, watermark) in enumerate(events):
        said += getattr(interval, side)(time, key, value, rows, watermark)
        if n % every == 0:
            alone += interval.advance(watermark, rows)
            rows = MemoryRows({name: decoder.decode(msgspec.json.encode(row)) for name, row in rows.items()})
    return said, alone + interval.advance(END, rows), rows


@settings(max_examples=1000, deadline=None, database=None)
@given(EVENTS, st.integers(-5, 20), st.integers(-5, 20), st.integers(0, 9), st.integers(0, 12))
def test_every_pair_within_the_interval_is_said_once_and_the_rest_alone(drawn, before, after, grace, disorder):
    after = max(after, -before)
    interval = Interval(before_ms=before, after_ms=after, grace_ms=grace, outer=("left", "right"))
    events, now, watermark = [], 100, BEGINNING
    for value, (side, step, lag, key) in enumerate(drawn):
        now += step
        events.append((side, now - lag, key, value, watermark))
        watermark = max(watermark, now - lag - disorder)
    said, alone, rows = join(interval, events, 1 + disorder // 3)

    on_time = [event for event in events if event[1] >= event[4] - grace]
    lefts, rights = ([event for event in on_time if event[0] == side] for side in ("left", "right"))
    pairs = [
        (left[3], right[3])
        for left in lefts
        for right in rights
        if left[2] == right[2] and left[1] - before <= right[1] <= left[1] + after
    ]
    assert sorted((one.left, one.right) for one in said if isinstance(one, Pair)) == sorted(pairs)
    late = [event for event in events if event not in on_time]
    assert [(one.time, one.key) for one in said if isinstance(one, Late)] == [(event[1], event[2]) for event in late]
    paired = {value for pair in pairs for value in pair}
    lonely = {value for _, _, _, value, _ in on_time} - paired
    assert sorted(one.right if one.left is None else one.left for one in alone) == sorted(lonely)
    assert set(rows) <= {"m"}, "nothing is kept for ever"


@settings(max_examples=200, deadline=None)
@given(EVENTS)
def test_chunks_do_not_show_in_what_is_joined(drawn):
    interval = Interval(before_ms=6, after_ms=3, outer=("left",))
    events, now = [], 100
    for value, (side, step, lag, key) in enumerate(drawn):
        now += step
        events.append((side, now - lag, key, value, now - 15 - step))
    assert join(interval, events, 1)[:2] == join(interval, events, 7)[:2]


def test_a_partner_at_the_very_end_of_the_interval_and_of_its_time_is_found():
    interval, rows = Interval(before_ms=0, after_ms=5), MemoryRows()
    interval.left(10, "k", "x", rows, 0)
    interval.advance(15, rows)
    assert interval.right(15, "k", "y", rows, 15) == [Pair("k", 15, "x", "y")]
    interval.advance(16, rows)
    assert set(rows) == {"m"}


def test_partners_are_said_in_the_order_of_their_time_then_of_arrival():
    interval, rows = Interval(before_ms=10, after_ms=10), MemoryRows()
    for time, value in ((5, "b"), (3, "a"), (5, "c")):
        interval.right(time, "k", value, rows, 0)
    said = interval.left(4, "k", "x", rows, 0)
    assert said == [Pair("k", 4, "x", "a"), Pair("k", 5, "x", "b"), Pair("k", 5, "x", "c")]


def test_a_late_event_is_told_which_partners_it_missed():
    interval = Interval(before_ms=10, after_ms=5, grace_ms=2)
    assert interval.left(7, "k", "x", MemoryRows(), 10) == (Late("k", Window(-3, 13), 7, 10),)
    assert interval.left(8, "k", "x", MemoryRows(), 10) == []


@pytest.mark.parametrize("wrong", [{"before_ms": 1, "after_ms": -2}, {"before_ms": 0, "after_ms": 0, "grace_ms": -1}])
def test_an_interval_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match="interval"):
        Interval(**wrong)
