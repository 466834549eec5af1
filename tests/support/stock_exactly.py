"""`Stock, exactly`: each line of the language's promise about stock, with every service there.

Told once; `tests/wiring` and `tests/broker` import the tests, each with a `shop` of its own.
"""

import pytest

from streams import topics

HOUR = 3_600
FRAUD = {"transaction_id": "T-1", "card_id": "C-1", "score": 0.9, "reasons": [], "rules": [], "model_version": "test"}


def cancelled(shop):
    shop.tell("OrderCancelRequested", order_id="1", reason="changed my mind")


def declined(shop):
    shop.pay("1", "DECLINE-1")


def fraud(shop):
    shop.tell("FraudDetected", order_id="1", **FRAUD)


def timed_out(shop):
    shop.wait(HOUR)


# 1. Reserve at order, consume at shipping, release on cancellation, failed payment, fraud, expiry.


def test_line_1_stock_is_reserved_at_order_and_consumed_at_shipping(shop):
    shop.stock(U=10)
    shop.order("1", U=3, card="C-1")
    shop.run()
    assert shop.shelf("U") == (10, 3)
    shop.pay("1", "C-1")
    shop.run()
    assert shop.shelf("U") == (7, 0)
    assert [update.reason for update in shop.facts("InventoryUpdated")] == ["received", "reserved", "shipped"]


@pytest.mark.parametrize(
    ("happens", "reason"),
    [(cancelled, "customer"), (declined, "payment_failed"), (fraud, "fraud"), (timed_out, "timeout")],
)
def test_line_1_stock_is_released_when_the_order_is_off(shop, happens, reason):
    shop.stock(U=10)
    shop.order("1", U=3, card="DECLINE-1")
    shop.run()
    assert shop.shelf("U") == (10, 3)
    happens(shop)
    shop.run()
    shop.expect(lambda: shop.shelf("U") == (10, 0))
    assert shop.end("1") == reason
    assert shop.answers("1") == [(0, "StockReserved"), (0, "StockReleased")]


def test_line_1_a_reservation_that_nobody_ends_expires(shop):
    shop.stock(U=10)
    shop.tell("ReserveStock", order_id="1", product_id="U", quantity=3, line=0)  # of no order that anybody placed
    shop.run()
    shop.wait(23 * HOUR)
    assert shop.shelf("U") == (10, 3)
    shop.wait(2 * HOUR)
    shop.expect(lambda: shop.shelf("U") == (10, 0))
    assert shop.answers("1") == [(0, "StockReserved"), (0, "ReservationExpired")]


# 2. A refusal is an event with its reason; an unknown product is answered; quantities below 1 are refused.


@pytest.mark.parametrize(
    ("products", "reason", "available"),
    [({"U": 11}, "insufficient_stock", 10), ({"Z": 1}, "unknown_product", 0), ({"U": 0}, "invalid_quantity", 10)],
)
def test_line_2_a_refusal_is_an_event_with_its_reason(shop, products, reason, available):
    shop.stock(U=10)
    shop.order("1", **products)
    shop.run()
    (refusal,) = shop.facts("StockRejected")
    assert (refusal.order_id, refusal.reason, refusal.available) == ("1", reason, available)
    assert shop.end("1") == "out_of_stock"
    assert shop.shelf("U") == (10, 0)


# 3. Multi-line orders are all-or-nothing.


def test_line_3_the_held_lines_of_a_refused_order_are_released(shop):
    shop.stock(U=10, V=10, J=1)
    shop.order("1", U=3, J=2, V=1)
    shop.run()
    assert shop.end("1") == "out_of_stock"
    assert [shop.shelf(product) for product in "UVJ"] == [(10, 0), (10, 0), (1, 0)]
    assert shop.counted(topics.shipments) == {"ShipmentCreated": 1, "ShipmentCancelled": 1}


def test_line_3_two_lines_of_one_product_are_two_promises(shop):
    shop.stock(U=10)
    shop.order("1", U=[3, 4], card="C-1")
    shop.run()
    assert shop.answers("1") == [(0, "StockReserved"), (1, "StockReserved")]
    assert shop.shelf("U") == (10, 7)


# 4. The same order id placed twice changes nothing. A cancellation that arrives before its order wins.


@pytest.mark.parametrize("again", [3, 9], ids=["with the same items", "with other items"])
def test_line_4_an_order_placed_twice_changes_nothing_and_gets_the_same_answer(shop, again):
    shop.stock(U=10)
    shop.order("1", U=3, card="C-1")
    shop.run()
    shop.order("1", U=again, card="C-1")
    shop.run()
    assert shop.shelf("U") == (10, 3)
    assert shop.answers("1") == [(0, "StockReserved")] * 2
    assert shop.counted(topics.shipments) == {"ShipmentCreated": 1}


def test_line_4_a_cancellation_before_its_order_wins(shop):
    shop.stock(U=10)
    shop.tell("OrderCancelRequested", order_id="1", reason="changed my mind")
    shop.run()
    shop.order("1", U=3)
    shop.run()
    assert shop.end("1") == "customer"
    assert shop.shelf("U") == (10, 0)
    assert shop.facts("OrderShipped") == []


# 5. StockReceived is a delta applied once. StockCounted sets on_hand and may break the newest reservations.


def test_line_5_a_receipt_counts_once(shop):
    for _ in range(3):
        shop.tell("StockReceived", receipt_id="R-1", product_id="U", quantity=5)
    shop.tell("StockReceived", receipt_id="R-2", product_id="U", quantity=2)
    shop.run()
    assert shop.shelf("U") == (7, 0)


def test_line_5_a_count_below_what_is_reserved_breaks_the_newest_reservations(shop):
    shop.stock(U=10)
    for order in "123":
        shop.order(order, U=3, card=f"C-{order}")
        shop.run()
    shop.tell("StockCounted", count_id="A-1", product_id="U", on_hand=4)
    shop.run()
    expired = {fact.order_id for fact in shop.facts("ReservationExpired")}
    assert expired == {"2", "3"}
    assert shop.shelf("U") == (4, 3)
    assert (shop.end("2"), shop.end("3")) == ("out_of_stock", "out_of_stock")
    assert min(update.available for update in shop.facts("InventoryUpdated")) >= 0


# 6. A late or repeated command for a closed reservation is answered from the record and changes no count.


@pytest.mark.parametrize("command", ["ReserveStock", "ReleaseStock", "ConsumeStock"])
@pytest.mark.parametrize("paid", [True, False])
def test_line_6_a_command_for_a_closed_reservation_changes_no_count(shop, command, paid):
    shop.stock(U=10)
    shop.order("1", U=3, card="C-1" if paid else "DECLINE-1")
    shop.pay("1", "C-1" if paid else "DECLINE-1")
    shop.run()
    shelf, answers = shop.shelf("U"), shop.answers("1")
    assert shelf == ((7, 0) if paid else (10, 0))
    shop.tell(command, order_id="1", product_id="U", quantity=3, line=0)
    shop.run()
    assert shop.shelf("U") == shelf
    assert shop.answers("1") == [*answers, answers[-1]]


# 7. The first acceptance case.


def test_line_7_of_75_u_and_1_j_three_orders_get_reserved_reserved_rejected(shop):
    shop.stock(U=75, J=1)
    for order, products in ("1", {"U": 3}), ("2", {"J": 1}), ("3", {"J": 1}):
        shop.order(order, **products, card=f"C-{order}")
        shop.run()
    answers = [shop.answers(order) for order in "123"]
    assert answers == [[(0, "StockReserved")], [(0, "StockReserved")], [(0, "StockRejected")]]
    assert shop.shelf("U") == (75, 3)
    assert shop.shelf("J") == (1, 1)
