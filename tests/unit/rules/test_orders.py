"""One order among its events: it ends once, and how it ends does not depend on which topic was faster."""

from itertools import permutations

import pytest

from streams.events.intake import OrderCancelRequested, OrderPlaced
from streams.events.inventory import ReservationExpired, StockRejected, StockReleased, StockReserved
from streams.events.payments import PaymentAuthorised, PaymentFailed
from streams.events.shipping import OrderShipped
from streams.rules.orders import learning
from streams.rules.orders.memory import TIME_LIMIT_MS, Memory, Policy
from streams.rules.orders.timing import on_timer
from streams.rules.timers import DAY_MS, HOUR_MS, RETENTION_MS
from tests.unit.rules.words import Alarms, say, types

ITEMS = [{"product_id": "U", "quantity": 3}, {"product_id": "J", "quantity": 1}]
RULES = {
    "OrderPlaced": learning.place,
    "OrderCancelRequested": learning.request_cancel,
    "StockReserved": learning.hold_line,
    "StockRejected": learning.lose_line,
    "StockReleased": learning.lose_line,
    "ReservationExpired": learning.lose_line,
    "PaymentAuthorised": learning.accept_payment,
    "PaymentFailed": learning.refuse_payment,
    "OrderShipped": learning.complete,
}


def placed(card="card", **more):
    return say(OrderPlaced, order_id="1", customer_id="C", items=ITEMS, total_amount=1, card_id=card, **more)


def line(fact, number, **more):
    return say(fact, order_id="1", line=number, **ITEMS[number], **more)


def paid(attempt="T1"):
    return say(PaymentAuthorised, order_id="1", transaction_id=attempt, amount=1)


def unpaid(reason="declined"):
    return say(PaymentFailed, order_id="1", transaction_id="T2", reason=reason)


CANCEL = say(OrderCancelRequested, order_id="1", reason="changed my mind")
REFUSED = line(StockRejected, 1, reason="insufficient_stock", available=0)
RESERVED = [line(StockReserved, 0), line(StockReserved, 1)]
SHIPPED = say(OrderShipped, shipment_id="S", order_id="1", customer_id="C", items=ITEMS, tracking_number="T")


class Desk:
    """The orders service, one order long."""

    def __init__(self, policy=None):
        self.memory = Memory({}, Alarms(), policy or Policy())

    def hear(self, *events):
        return [fact for event in events for fact in RULES[event.event_type](event, self.memory)]

    def wait(self, ms):
        return [fact for event in self.memory.timers.advance(ms) for fact in on_timer(event, self.memory)]


@pytest.fixture
def desk():
    return Desk()


def lines_of(fact):
    return [line.line for line in fact.lines]


@pytest.mark.parametrize("order", permutations(range(4)))
def test_an_order_is_confirmed_when_all_lines_and_the_payment_are_there_in_whatever_order(desk, order):
    events = [placed(), *RESERVED, paid()]
    *early, last = [desk.hear(events[index]) for index in order]
    assert early == [[], [], []]
    (confirmed,) = last
    assert (type(confirmed).__name__, confirmed.customer_id) == ("OrderConfirmed", "C")
    assert [(item.product_id, item.quantity) for item in confirmed.items] == [("U", 3), ("J", 1)]


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (REFUSED, "out_of_stock"),
        (line(ReservationExpired, 1), "out_of_stock"),
        (line(StockReleased, 1), "out_of_stock"),
        (unpaid(), "payment_failed"),
        (unpaid("gateway_error"), "payment_failed"),
        (unpaid("fraud"), "fraud"),
        (CANCEL, "customer"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.event_type,
)
@pytest.mark.parametrize("order", permutations(range(3)))
def test_one_trouble_cancels_the_order_once_in_whatever_order(desk, trouble, reason, order):
    events = [placed(), RESERVED[0], trouble]
    facts = [fact for index in order for fact in desk.hear(events[index])]
    assert [(type(fact).__name__, fact.reason) for fact in facts] == [("OrderCancelled", reason)]
    assert desk.hear(*RESERVED, paid(), unpaid(), CANCEL, REFUSED, placed()) == []


def test_a_cancellation_names_the_lines_that_hold_stock_or_still_may(desk):
    (cancelled,) = desk.hear(placed(), REFUSED)
    assert lines_of(cancelled) == [0]
    (cancelled,) = Desk().hear(placed(), RESERVED[0], CANCEL)
    assert lines_of(cancelled) == [0, 1]


def test_a_repeated_answer_is_no_second_line(desk):
    assert desk.hear(placed(), RESERVED[0], RESERVED[0], RESERVED[0], paid()) == []


def test_a_repeated_order_changes_nothing(desk):
    twice = say(OrderPlaced, order_id="1", customer_id="D", items=ITEMS[:1], total_amount=1)
    assert desk.hear(placed(), twice, RESERVED[0], paid()) == []
    (confirmed,) = desk.hear(RESERVED[1])
    assert confirmed.customer_id == "C"
    assert desk.hear(twice) == []


def test_once_confirmed_it_is_too_late_to_cancel(desk):
    desk.hear(placed(), *RESERVED, paid())
    assert desk.hear(CANCEL, unpaid("fraud"), line(ReservationExpired, 0), line(StockReleased, 1)) == []
    assert types(desk.hear(SHIPPED)) == ["OrderCompleted"]


def test_an_order_is_completed_once(desk):
    desk.hear(placed(), *RESERVED, paid())
    assert types(desk.hear(SHIPPED, SHIPPED)) == ["OrderCompleted"]


def test_a_parcel_of_an_order_that_is_not_confirmed_completes_nothing(desk):
    assert desk.hear(SHIPPED, placed(), SHIPPED) == []


def test_the_first_authorised_attempt_counts(desk):
    assert types(desk.hear(placed(), paid("T1"), unpaid(), paid("T3"), *RESERVED)) == ["OrderConfirmed"]


def test_a_failed_attempt_is_not_mended_by_a_later_one(desk):
    assert [fact.reason for fact in desk.hear(unpaid(), paid("T3"), placed(), *RESERVED)] == ["payment_failed"]


@pytest.mark.parametrize(
    ("policy", "card", "waits"),
    [
        ("with_card", "card", True),
        ("with_card", None, False),
        ("always", None, True),
        ("never", "card", False),
    ],
)
def test_the_shop_chooses_which_orders_wait_for_their_payment(policy, card, waits):
    desk = Desk(Policy(payment=policy))
    assert types(desk.hear(placed(card), *RESERVED)) == ([] if waits else ["OrderConfirmed"])
    assert types(desk.hear(paid())) == (["OrderConfirmed"] if waits else [])


def test_an_order_that_nobody_answers_times_out(desk):
    desk.hear(placed(), *RESERVED)
    assert desk.wait(TIME_LIMIT_MS - 1) == []
    (cancelled,) = desk.wait(1)
    assert (cancelled.reason, lines_of(cancelled)) == ("timeout", [0, 1])
    assert desk.hear(paid()) == []


def test_an_order_that_arrives_days_late_has_its_whole_time(desk):
    desk.hear(placed(at=-3 * DAY_MS))
    assert desk.wait(TIME_LIMIT_MS - 1) == []
    assert types(desk.hear(*RESERVED, paid())) == ["OrderConfirmed"]


def test_the_time_limit_counts_from_the_order_not_from_what_came_before_it(desk):
    desk.hear(paid())
    desk.wait(TIME_LIMIT_MS // 2)
    desk.hear(placed())
    assert desk.wait(TIME_LIMIT_MS - 1) == []
    assert [fact.reason for fact in desk.wait(1)] == ["timeout"]


def test_a_wish_to_cancel_an_order_that_never_comes_is_answered_and_stands(desk):
    assert desk.hear(CANCEL) == []
    (cancelled,) = desk.wait(TIME_LIMIT_MS)
    assert (cancelled.reason, cancelled.lines) == ("customer", None)
    assert desk.hear(placed(), *RESERVED, paid()) == []


def test_what_is_said_of_an_order_is_remembered_when_the_order_is_held_up(desk):
    desk.hear(paid(), *RESERVED)
    assert desk.wait(TIME_LIMIT_MS + HOUR_MS) == []
    assert types(desk.hear(placed())) == ["OrderConfirmed"]


def test_what_is_said_of_an_order_that_never_comes_is_forgotten_in_the_end(desk):
    desk.hear(paid())
    assert desk.wait(TIME_LIMIT_MS) == []
    assert desk.wait(RETENTION_MS) == []
    assert (desk.memory.orders, desk.memory.timers.waiting) == ({}, {})


def test_an_order_that_is_over_is_forgotten(desk):
    desk.hear(placed(), CANCEL)
    desk.wait(TIME_LIMIT_MS)
    desk.wait(RETENTION_MS)
    assert (desk.memory.orders, desk.memory.timers.waiting) == ({}, {})


def test_a_confirmed_order_is_kept_until_it_has_shipped_however_long_that_takes(desk):
    desk.hear(placed(), *RESERVED, paid())
    for _ in range(3):
        assert desk.wait(RETENTION_MS + HOUR_MS) == []
    assert types(desk.hear(SHIPPED)) == ["OrderCompleted"]
    desk.wait(RETENTION_MS)
    assert (desk.memory.orders, desk.memory.timers.waiting) == ({}, {})
