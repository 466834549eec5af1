from hypothesis import given
from hypothesis import strategies as st

from streams.windows.instants import BEGINNING, END, STAMP_DIGITS, stamp, unstamp

TIMES = st.integers(BEGINNING, END)


@given(TIMES, TIMES)
def test_text_order_is_time_order(one, other):
    assert (stamp(one) < stamp(other)) == (one < other)


@given(TIMES)
def test_a_stamp_has_a_fixed_length_and_is_read_back(time):
    assert len(stamp(time)) == STAMP_DIGITS
    assert unstamp(stamp(time)) == time
