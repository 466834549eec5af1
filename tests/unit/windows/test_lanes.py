"""Sources that take turns within a chunk: what repartitioned events are paced by."""

from hypothesis import given
from hypothesis import strategies as st

from streams.windows import BEGINNING, Bounds, Watermarks

BOUNDS = Bounds(disorder_ms=5, idle_ms=10)
LANES = st.sampled_from(["a", "b", "c"])
HISTORIES = st.lists(st.lists(st.tuples(LANES, st.integers(0, 60)), max_size=8), max_size=6)


def marks():
    return Watermarks(["a", "b", "c"], BOUNDS, now_ms=0)


@given(HISTORIES)
def test_a_chunk_of_several_lanes_is_paced_as_its_events_one_by_one(history):
    whole, single = marks(), marks()
    for chunk in history:
        paced = whole.pace_lanes([lane for lane, _ in chunk], [time for _, time in chunk], now_ms=0)
        for (lane, time), watermark in zip(chunk, paced, strict=True):
            exact = single.current
            assert (time < watermark) == (time < exact)
            single.observe(lane, time, now_ms=0)
    assert whole.state == single.state


def test_a_lane_that_is_far_ahead_makes_the_others_events_no_later():
    paced = marks()
    paced.pace_lanes(["a"] * 3 + ["b"], [10, 500, 900, 20], now_ms=0)
    assert paced.current == BEGINNING
    assert paced.pace_lanes(["c", "b", "c"], [10, 30, 40], now_ms=0)[0] == BEGINNING
    assert paced.current == 25


def test_an_unknown_lane_tells_nothing_of_time():
    paced = marks()
    paced.pace_lanes(["a", "b", "c", "stray"], [10, 10, 10, 900], now_ms=0)
    assert paced.current == 5
