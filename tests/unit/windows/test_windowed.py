from typing import Any

import pytest

from streams.windows import (
    EACH_CHANGE,
    END,
    Count,
    Hopping,
    Late,
    MemoryRows,
    Result,
    Session,
    Sliding,
    Sum,
    Tumbling,
    Window,
    Windowed,
)
from streams.windows.rows import POINT_READS

HOUR = 3_600_000
DAY = 24 * HOUR


class CountedRows(MemoryRows[Any]):
    """Rows that count what is asked of them."""

    reads = writes = 0

    def get(self, key: str, default: Any = None, /) -> Any:
        self.reads += 1
        return super().get(key, default)

    def __setitem__(self, key: str, row: Any, /) -> None:
        self.writes += 1
        super().__setitem__(key, row)


def feed(windowed: Windowed, rows: MemoryRows[Any], *times: int, key: str = "U", watermark: int = 0) -> list[Any]:
    return [one for time in times for one in windowed.process(time, key, 1, rows, watermark)]


def early(start: int, end: int, value: int, key: str = "U") -> Result:
    return Result(key, Window(start, end), value, "early")


def final(start: int, end: int, value: int, key: str = "U") -> Result:
    return Result(key, Window(start, end), value, "final")


def test_an_hour_by_the_minute_costs_an_event_one_read_and_one_write():
    windowed, rows = Windowed(Hopping(HOUR, HOUR // 60), Count()), CountedRows()
    feed(windowed, rows, 1, 2, 59_999, 60_000)
    assert (rows.reads, rows.writes, len(rows)) == (4, 4, 2)
    assert len(windowed.advance(END, rows)) == 61


@pytest.mark.parametrize("kind", [Tumbling(10), Sliding(10), Session(10)], ids=str)
def test_an_event_of_any_kind_costs_one_read_and_at_most_a_deadline_more_than_one_write(kind):
    windowed, rows = Windowed(kind, Count()), CountedRows()
    feed(windowed, rows, 1)
    first = rows.writes
    feed(windowed, rows, 1, 1, 1)
    assert (rows.reads, rows.writes - first) == (4, 3)
    assert first <= 2


def test_grace_keeps_a_window_open_behind_the_watermark_and_then_events_are_late():
    windowed, rows = Windowed(Tumbling(10), Count(), grace_ms=5), MemoryRows()
    assert feed(windowed, rows, 3, watermark=0) == []
    assert windowed.advance(14, rows) == []
    assert feed(windowed, rows, 4, watermark=14) == []
    assert windowed.advance(15, rows) == [final(0, 10, 2)]
    assert windowed.advance(15, rows) == [], "once"
    assert feed(windowed, rows, 9, watermark=15) == [Late("U", Window(0, 10), 9, 15)]


def test_the_last_window_that_a_late_event_missed_is_named():
    windowed = Windowed(Hopping(30, 10), Count())
    assert feed(windowed, MemoryRows(), 12, watermark=40) == [Late("U", Window(10, 40), 12, 40)]


def test_an_event_too_late_for_some_windows_counts_in_the_others_only():
    windowed, rows = Windowed(Hopping(30, 10), Count()), MemoryRows()
    feed(windowed, rows, 5)
    assert feed(windowed, rows, 6, watermark=20) == [final(-20, 10, 1), final(-10, 20, 1)]
    assert windowed.advance(END, rows) == [final(0, 30, 2)]


def test_a_day_can_begin_at_midnight_of_a_zone_ahead_of_utc():
    windowed, rows = Windowed(Tumbling(DAY, offset_ms=-8 * HOUR), Count()), MemoryRows()
    feed(windowed, rows, 16 * HOUR - 1, 16 * HOUR)
    assert windowed.advance(END, rows) == [final(-8 * HOUR, 16 * HOUR, 1), final(16 * HOUR, 40 * HOUR, 1)]


def test_windows_of_a_millisecond_and_times_before_1970_work():
    windowed, rows = Windowed(Tumbling(1), Count()), MemoryRows()
    feed(windowed, rows, 5, -7, -7, watermark=-100)
    assert windowed.advance(END, rows) == [final(-7, -6, 2), final(5, 6, 1)]


def test_each_change_is_said_at_once_if_asked_for():
    windowed, rows = Windowed(Hopping(20, 10), Sum(), early_ms=EACH_CHANGE), MemoryRows()
    assert feed(windowed, rows, 5) == [early(-10, 10, 1), early(0, 20, 1)]
    assert feed(windowed, rows, 12) == [early(0, 20, 2), early(10, 30, 1)]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Hopping(20, 10), [early(-10, 10, 2), early(0, 20, 2)]),
        (Sliding(10), [early(-7, 4, 1), early(-4, 7, 2)]),
        (Session(5), [early(3, 11, 2)]),
    ],
    ids=str,
)
def test_what_has_changed_is_said_every_n_milliseconds_of_the_watermark(kind, said):
    windowed, rows = Windowed(kind, Count(), early_ms=100, grace_ms=1000), MemoryRows()
    assert windowed.advance(950, rows) == [], "nothing to say at first"
    feed(windowed, rows, 3, 6, watermark=950)
    assert windowed.advance(999, rows) == []
    assert windowed.advance(1000, rows) == said
    assert windowed.advance(1000, rows) == []
    feed(windowed, rows, 300, key="J", watermark=1000)
    assert {one.key for one in windowed.advance(1150, rows) if one.phase == "early"} == {"J"}, "U did not change"


def test_sessions_merge_when_a_late_comer_joins_them_and_the_swallowed_one_is_retracted():
    windowed, rows = Windowed(Session(10), Count(), early_ms=EACH_CHANGE), MemoryRows()
    assert feed(windowed, rows, 0) == [early(0, 10, 1)]
    assert feed(windowed, rows, 15) == [early(15, 25, 1)]
    assert feed(windowed, rows, 8) == [Result("U", Window(15, 25), None, "retracted"), early(0, 25, 3)]
    assert windowed.advance(25, rows) == [final(0, 25, 3)]


def test_events_exactly_a_gap_apart_are_two_sessions():
    windowed, rows = Windowed(Session(10), Count()), MemoryRows()
    feed(windowed, rows, 10, 0)
    assert windowed.advance(END, rows) == [final(0, 10, 1), final(10, 20, 1)]


def test_a_session_that_closed_is_not_reopened():
    windowed, rows = Windowed(Session(10), Count()), MemoryRows()
    feed(windowed, rows, 0, 5)
    assert feed(windowed, rows, 14, watermark=16) == []
    assert windowed.advance(END, rows) == [final(0, 15, 2), final(14, 24, 1)]


def test_a_sliding_window_includes_the_event_a_whole_size_before():
    windowed, rows = Windowed(Sliding(10), Count()), MemoryRows()
    feed(windowed, rows, 21, 10, 0, 20)
    assert [(one.window.end - 1, one.value) for one in windowed.advance(END, rows)] == [
        (0, 1),
        (10, 2),
        (20, 2),
        (21, 2),
    ]


@pytest.mark.parametrize(
    ("kind", "closed", "still_open"),
    [
        (Tumbling(10), [final(0, 10, 2), final(10, 20, 1)], [early(40, 50, 1)]),
        (Hopping(20, 10), [final(0, 20, 3), final(10, 30, 1)], [early(30, 50, 1), early(40, 60, 1)]),
        (Session(11), [final(1, 22, 3)], [early(41, 52, 1)]),
        (Sliding(10), [final(1, 12, 3)], [early(31, 42, 1)]),
    ],
    ids=str,
)
@pytest.mark.parametrize("reach", [100, POINT_READS * 100])
def test_closed_and_open_windows_of_a_key_can_be_read_by_their_start(kind, closed, still_open, reach):
    windowed, rows = Windowed(kind, Count(), retention_ms=1000), MemoryRows()
    feed(windowed, rows, 1, 1, 11)
    feed(windowed, rows, 1, 2, 3, 41, key="J")
    windowed.advance(30, rows)
    feed(windowed, rows, 41)
    assert windowed.read(rows, "U", 0, reach) == closed + still_open
    assert windowed.read(rows, "nobody", 0, reach) == []


def test_a_closed_window_can_be_read_until_the_retention_is_over_and_its_row_is_then_deleted():
    windowed, rows = Windowed(Tumbling(10), Count(), grace_ms=5, retention_ms=100), MemoryRows()
    feed(windowed, rows, 1)
    windowed.advance(15, rows)
    windowed.advance(114, rows)
    assert windowed.read(rows, "U") == [final(0, 10, 1)]
    windowed.advance(115, rows)
    assert windowed.read(rows, "U") == []
    assert list(rows) == ["m"]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Tumbling(0),
        lambda: Hopping(10, 0),
        lambda: Hopping(10, 11),
        lambda: Sliding(0),
        lambda: Session(0),
        lambda: Windowed(Tumbling(1), Count(), grace_ms=-1),
        lambda: Windowed(Tumbling(1), Count(), early_ms=-1),
        lambda: Windowed(Tumbling(1), Count(), retention_ms=-1),
    ],
)
def test_sizes_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ValueError, match=r"."):
        wrong()
