import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.windows import BEGINNING, MemoryRows, Versions


@given(
    st.lists(st.tuples(st.sampled_from(["a", "ab", "b"]), st.integers(-50, 50), st.one_of(st.none(), st.integers()))),
    st.integers(-60, 60),
)
def test_a_value_is_in_force_from_its_time_to_the_next_one(puts, at):
    versions, rows = Versions(retention_ms=1000), MemoryRows()
    for key, time, value in puts:
        versions.put(key, time, value, rows, watermark=0)
    for asked in ("a", "ab", "b", "c"):
        times = {time: value for key, time, value in puts if key == asked and time <= at}
        assert versions.as_of(asked, at, rows) == (times[max(times)] if times else None)


def test_versions_that_no_question_can_reach_are_deleted():
    versions, rows = Versions(retention_ms=10), MemoryRows()
    for time in range(0, 100, 5):
        versions.put("U", time, time, rows, watermark=time)
    assert sorted(row.value for row in rows.values()) == [85, 90, 95]
    assert [versions.as_of("U", time, rows) for time in (85, 89, 95, 1000)] == [85, 85, 95, 95]


def test_before_any_watermark_nothing_is_deleted():
    versions, rows = Versions(retention_ms=10), MemoryRows()
    for time in (1, 100):
        versions.put("U", time, time, rows, watermark=BEGINNING)
    assert versions.as_of("U", 1, rows) == 1


def test_a_key_that_could_pass_for_another_is_refused():
    with pytest.raises(ValueError, match="NUL"):
        Versions(retention_ms=1).put("a\0", 1, 1, MemoryRows(), 0)


def test_a_negative_retention_is_refused():
    with pytest.raises(ValueError, match="negative"):
        Versions(retention_ms=-1)
