"""Insights under the driver: results by brute force, once, whatever the partitions, the chunks and the crashes."""

from collections import Counter, defaultdict

import pytest

from streams import topics
from streams.engine.faults import POINTS, InjectedFault
from streams.rules.insights.measures import PAUSE_MS
from tables.insights import orders as order_rows
from tables.insights import windows as window_tables
from tests.wiring.insights_history import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    START_MS,
    Insights,
    attempted,
    confirmed,
    failed,
    history,
    placed,
    sales,
    updated,
    windowed_sales,
)

FAILED, CRASHES = "failed-payments-10m", 5

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def service():
    with Insights() as insights:
        yield insights


def finals_of(events, **shape):
    with Insights(**shape) as insights:
        insights.tell(*events)
        insights.run()
        insights.fall_silent()
        assert insights.late() == []
        assert insights.driver.dead_letters() == []
        return insights.finals()


@pytest.mark.parametrize("seed", [1, 2])
def test_final_results_are_the_same_bytes_for_any_partitions_and_any_chunk_size(seed):
    events = history(seed)
    first = finals_of(events, partitions=1, chunk_records=1)
    assert len(first) > 100
    assert finals_of(events, partitions=1, chunk_records=100) == first
    assert finals_of(events, partitions=8, chunk_records=3) == first
    assert finals_of(events, partitions=8, chunk_records=100) == first


@pytest.mark.parametrize(
    ("window", "size", "step"),
    [("sales-1m", MINUTE, MINUTE), ("sales-1h", HOUR, MINUTE), ("sales-1d", DAY, DAY)],
)
def test_sales_agree_with_brute_force(service, window, size, step):
    events = history(7)
    service.tell(*events)
    service.run()
    service.fall_silent()
    assert service.values(window) == windowed_sales(events, size, step)


def test_the_board_agrees_with_brute_force(service):
    events = history(8)
    service.tell(*events)
    service.run()
    service.fall_silent()
    hours = defaultdict(Counter)
    for at, product, units, _ in sales(events):
        hours[at // HOUR][product] += units
    expected = {
        ("all", hour * HOUR, (hour + 1) * HOUR): sorted(units.items(), key=lambda one: (-one[1], one[0]))
        for hour, units in hours.items()
    }
    assert {window: list(values.items()) for window, values in service.values("top-sellers-1h").items()} == expected


def test_sessions_agree_with_brute_force(service):
    events = history(9)
    service.tell(*events)
    service.run()
    service.fall_silent()
    orders = defaultdict(set)
    for one in events:
        if one.event_type == "OrderPlaced":
            orders[one.data.customer_id].add((one.time, one.data.order_id, int(one.data.total_amount)))
    expected = [visit for customer in orders for visit in visits(customer, sorted(orders[customer]))]
    assert service.values("sessions") == dict(expected)


def visits(customer, orders):
    """Orders in order of time, cut where a pause lies between two."""
    cuts = [at for at in range(1, len(orders)) if orders[at][0] - orders[at - 1][0] >= PAUSE_MS]
    for low, high in zip([0, *cuts], [*cuts, len(orders)], strict=True):
        visit = orders[low:high]
        amount = sum(amount for *_, amount in visit) / 100
        yield (customer, visit[0][0], visit[-1][0] + PAUSE_MS), {"orders": len(visit), "amount": amount}


def test_each_failure_tells_how_many_there_were_on_the_card_in_ten_minutes(service):
    for number, (at, card) in enumerate([(0, "K1"), (1, "K2"), (4, "K1"), (10, "K1"), (11, "K1"), (12, "K1")]):
        service.tell(attempted(number, at * MINUTE, card=card))
        if at < 12:
            service.tell(failed(number, at * MINUTE), failed(number, at * MINUTE))
    service.run()
    service.fall_silent()
    found = {(key, end - 1 - START_MS): values["failed"] for (key, _, end), values in service.values(FAILED).items()}
    expected = {("K1", 0): 1, ("K2", 1): 1, ("K1", 4): 2, ("K1", 10): 3, ("K1", 11): 3}
    assert found == {(card, at * MINUTE): count for (card, at), count in expected.items()}


def test_spending_of_a_card_is_counted_once_for_each_transaction(service):
    service.tell(*(attempted(number, number * MINUTE, card="K1", amount=7.25) for number in (0, 1, 1)))
    service.run()
    service.fall_silent()
    assert service.values("spending-1h") == {("K1", START_MS, START_MS + HOUR): {"attempts": 2, "amount": 14.5}}


def test_a_sale_counts_when_it_is_both_placed_and_confirmed_whichever_is_read_first(service):
    order = placed("O1", 10 * SECOND, A=1)
    service.tell(confirmed(order, 70 * SECOND))
    service.run()
    service.tell(order, order)
    service.run()
    service.fall_silent()
    assert list(service.values("sales-1m")) == [("A", START_MS + MINUTE, START_MS + 2 * MINUTE)]


def test_a_forecast_is_said_once_each_time_cover_falls_below_the_threshold(service):
    """Ten pieces every half hour are 480 a day; a delivery covers that for long."""
    levels = [9_000, 1_000, 990, 9_000, 8_990, 20, 10]
    for version, available in enumerate(levels, 1):
        service.tell(updated("A", version * HOUR // 2, version, available=available, change=10))
    service.run()
    said = [one.data for one in service.driver.read(topics.insights) if one.event_type == "StockOutForecast"]
    assert [one.available for one in said] == [1_000, 20]
    assert all(0 < one.days_of_cover < one.threshold_days for one in said)
    assert all(one.runs_out > START_MS for one in said)


def test_what_comes_too_late_is_reported_with_the_window_it_missed_and_everything_is_counted(service):
    events = history(10, disorder=SECOND)
    stragglers = [attempted(f"late-{number}", number * MINUTE, card="K1") for number in range(5)]
    service.tell(*events)
    service.run()
    service.driver.clock.advance(45)
    service.tell(*stragglers)
    service.driver.send(topics.transactions, b"{", key=b"K1")
    service.run()
    service.fall_silent()
    late = [one for one in service.late() if one.window == "spending-1h"]
    assert [(one.start, one.end) for one in late] == [(START_MS, START_MS + HOUR)] * len(stragglers)
    assert {(one.missed_by, one.key, one.topic) for one in late} == {("K1", "K1", "transactions")}
    on_time = sum(values["attempts"] for values in service.values("spending-1h").values())
    sent = sum(one.event_type == "TransactionAttempted" for one in events) + len(stragglers) + 1
    assert on_time + len(late) + len(service.driver.dead_letters()) == sent


@pytest.fixture(scope="module")
def undisturbed():
    return finals_of(history(11), partitions=2, chunk_records=20)


@pytest.mark.parametrize("point", POINTS[: POINTS.index("during-recovery")])
def test_finals_are_said_once_through_crashes_at_every_kill_point(undisturbed, point):
    with Insights(partitions=2, chunk_records=20) as service:
        service.tell(*history(11))
        for _ in range(CRASHES):
            crash(service, point)
        for _ in range(CRASHES):  # while windows close by the wall clock
            service.run()
            service.driver.clock.advance(10 * MINUTE // SECOND)
            crash(service, point)
        service.fall_silent()
        assert service.late() == []
        assert service.finals() == undisturbed


def crash(service, point):
    service.driver.fail_at("insights", point)
    with pytest.raises(InjectedFault):
        service.run()
    service.driver.restart("insights")


def test_a_stream_that_falls_silent_closes_its_windows_by_the_wall_clock(service):
    order = placed("O1", 10 * SECOND, A=2)
    service.tell(order, confirmed(order, 10 * SECOND))
    service.run()
    service.fall_silent(minutes=1, days=0)
    assert service.said("sales-1m") == []
    service.fall_silent(minutes=3, days=0)
    (said,) = service.said("sales-1m")
    assert (said.time, said.data.final, said.data.values["units"]) == (START_MS + MINUTE, True, 2)


def test_in_the_end_nothing_is_left_but_marks_and_what_can_still_be_read(service):
    service.tell(*history(12))
    service.run()
    service.fall_silent(days=40)
    left = {name: service.driver.rows(table) for name, table in window_tables.items() if name != "stock-levels"}
    assert {key[0] for rows in left.values() for key in rows} <= {"m", "c"}
    assert service.driver.rows(order_rows) == {}
