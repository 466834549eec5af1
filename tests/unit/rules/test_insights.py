"""What the insights rules compute, apart from windows: shares of a total, movements, the pace of a product."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.events.inventory import InventoryUpdated, StockChange
from streams.rules.insights.closing import end_of
from streams.rules.insights.measures import ALL, STOCK_RETENTION_MS
from streams.rules.insights.selling import shares
from streams.rules.insights.stocking import movement, weight
from streams.rules.timers import DAY_MS, HOUR_MS
from streams.windows import Result, Window

QUANTITIES = st.lists(st.integers(1, 1_000), min_size=1, max_size=9)


@given(st.integers(0, 10**9), QUANTITIES)
def test_the_shares_of_a_total_add_up_to_it_and_follow_the_pieces(total, quantities):
    divided = shares(total, [("A", quantity) for quantity in quantities])
    assert sum(divided) == total
    for share, quantity in zip(divided, quantities, strict=True):
        assert abs(share - total * quantity / sum(quantities)) <= 1


def test_an_order_without_pieces_cannot_be_divided():
    with pytest.raises(ZeroDivisionError):
        shares(100, [("A", 0)])


@pytest.mark.parametrize(
    ("reason", "on_hand", "reserved", "moved"),
    [
        ("received", 5, 0, {"received": 5}),
        ("shipped", -3, -3, {"shipped": 3}),
        ("counted", -2, 0, {"corrected": -2}),
        ("reserved", 0, 4, {"reserved": 4}),
        ("released", 0, -4, {"released": 4}),
        ("expired", 0, -1, {"released": 1}),
    ],
)
def test_a_change_of_stock_is_a_movement_by_its_reason(reason, on_hand, reserved, moved):
    counts = {"on_hand": 50, "reserved": 9, "available": 41, "version": 1}
    change = StockChange(on_hand=on_hand, reserved=reserved)
    found = movement(InventoryUpdated(product_id="A", **counts, change=change, reason=reason))
    assert {name: pieces for name, pieces in found.items() if pieces} == {"changes": 1, **moved}


@pytest.mark.parametrize("age", [6 * HOUR_MS, DAY_MS, 30 * DAY_MS])
def test_steady_demand_is_measured_right_at_any_age(age):
    step, demand = HOUR_MS // 4, 0.0
    for _ in range(age // step):
        demand = demand * 0.5 ** (step / DAY_MS) + 2
    assert demand / weight(age, DAY_MS) == pytest.approx(2 * DAY_MS / step, rel=0.01)


def test_the_first_order_of_a_product_counts_as_an_hours_demand():
    assert 1 / weight(0, DAY_MS) == pytest.approx(24, rel=0.02)


def test_windows_have_names_of_their_own_and_stock_is_kept_no_longer_than_the_longest():
    assert len({measure.name for measure in ALL}) == len(ALL)
    assert max(measure.windowed.retention_ms for measure in ALL) >= STOCK_RETENTION_MS


def test_the_end_of_a_window_is_one_cause_for_each_key():
    ends = [end_of("sales-1m", Result(key, Window(0, end), 1, "final")) for key in ("A", "B") for end in (60, 120)]
    assert len({end.event_id for end in ends}) == len(ends)
    assert [end.time for end in ends] == [60, 120, 60, 120]
