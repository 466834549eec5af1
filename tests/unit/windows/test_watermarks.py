import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.windows import BEGINNING, Bounds, Highs, Watermarks

BOUNDS = Bounds(disorder_ms=10, idle_ms=100)
HOUR = 3_600_000


def two_sources(bounds: Bounds = BOUNDS, now_ms: int = 0, **state: Highs) -> Watermarks:
    return Watermarks(["orders", "payments"], bounds, now_ms, **state)


def test_a_watermark_lags_the_highest_time_by_the_bound_and_ignores_disorder():
    marks = Watermarks(["orders"], BOUNDS, now_ms=0)
    assert marks.current == BEGINNING
    assert [marks.observe("orders", time, 0) for time in (50, 45, 60, 20)] == [40, 40, 50, 50]


def test_the_slowest_source_decides():
    marks = two_sources()
    assert marks.observe("orders", 500, 0) == BEGINNING
    assert marks.observe("payments", 300, 0) == 290
    assert marks.observe("payments", 900, 0) == 490


def test_the_latest_time_seen_waits_for_nobody_and_never_goes_back():
    marks = two_sources()
    assert marks.latest == BEGINNING
    for source, time, latest in ("orders", 500, 500), ("payments", 300, 500), ("orders", 400, 500):
        marks.observe(source, time, 0)
        assert marks.latest == latest
    assert two_sources(state=marks.state).latest == 500


def test_an_idle_source_holds_nothing_back_and_is_waited_for_again_when_it_speaks():
    marks = two_sources()
    marks.observe("orders", 500, now_ms=50)
    assert marks.tick(now_ms=99) == BEGINNING
    assert marks.tick(now_ms=100) == 490
    assert marks.observe("payments", 200, now_ms=120) == 490, "never back"
    assert marks.observe("orders", 800, now_ms=120) == 490, "payments is at 200"
    assert marks.observe("payments", 700, now_ms=120) == 690


def test_when_all_are_idle_the_highest_decides_and_then_event_time_stands():
    marks = two_sources()
    marks.observe("orders", 500, now_ms=0)
    marks.observe("payments", 300, now_ms=0)
    assert marks.tick(now_ms=100) == 490
    assert marks.tick(now_ms=HOUR) == 490


def test_by_setting_event_time_goes_on_with_the_clock_while_all_are_idle_also_after_a_restart():
    bounds = Bounds(disorder_ms=10, idle_ms=100, clock_when_idle=True)
    marks = two_sources(bounds)
    marks.observe("orders", 500, now_ms=1000)
    assert marks.tick(now_ms=1099) == 490, "payments has been idle since 100, orders is not yet"
    assert marks.tick(now_ms=1150) == 640
    again = two_sources(bounds, now_ms=5000, state=marks.state)
    assert again.tick(now_ms=5099) == 640
    assert again.tick(now_ms=5200) == 840


def test_a_stream_that_has_shown_nothing_has_no_time_to_go_on_from():
    marks = two_sources(Bounds(disorder_ms=10, idle_ms=100, clock_when_idle=True))
    assert marks.tick(now_ms=HOUR) == BEGINNING


def test_a_clock_ahead_of_all_others_is_believed_up_to_the_limit():
    marks = Watermarks(["orders"], Bounds(disorder_ms=10, idle_ms=100, ahead_ms=60), now_ms=1000)
    assert marks.observe("orders", 999_999, now_ms=1000) == 1050
    assert marks.pace("orders", [1_000, 999_999, 5], now_ms=1100) == [1050, 1050, 1150]


def test_the_state_survives_as_json_and_a_source_that_is_new_does_not_take_time_back():
    marks = Watermarks(["orders"], BOUNDS, now_ms=0)
    marks.observe("orders", 500, now_ms=0)
    state = msgspec.json.decode(msgspec.json.encode(marks.state), type=Highs)
    again = two_sources(state=state)
    assert again.current == 490
    assert again.observe("orders", 900, now_ms=1) == 490, "payments is waited for until it is idle"
    assert again.tick(now_ms=100) == 890


def test_an_unknown_source_is_an_error():
    with pytest.raises(KeyError):
        two_sources().observe("shipments", 1, 0)


@given(st.lists(st.lists(st.integers(0, 200), max_size=6), max_size=8), st.integers(0, 60))
def test_a_chunk_paces_as_its_events_would_one_by_one(chunks, disorder):
    at_once, one_by_one = (Watermarks(["orders"], Bounds(disorder, 100), now_ms=0) for _ in range(2))
    for chunk in chunks:
        expected = []
        for time in chunk:
            expected.append(one_by_one.current)
            one_by_one.observe("orders", time, now_ms=0)
        marks = at_once.pace("orders", chunk, now_ms=0)
        assert at_once.current == one_by_one.current
        assert len(marks) == len(chunk)
        assert [mark > time for time, mark in zip(chunk, marks, strict=True)] == [
            mark > time for time, mark in zip(chunk, expected, strict=True)
        ], "the same events are behind the watermark"
        assert all(mark <= right for mark, right in zip(marks, expected, strict=True))


@given(st.lists(st.tuples(st.sampled_from(["orders", "payments"]), st.integers(0, 500), st.integers(0, 90))))
def test_a_watermark_never_goes_back(events):
    marks, now, seen = two_sources(), 0, [BEGINNING]
    for source, time, waited in events:
        now += waited
        seen += [marks.tick(now), marks.observe(source, time, now)]
        marks = two_sources(now_ms=now, state=marks.state) if waited == 89 else marks
    assert seen == sorted(seen)
