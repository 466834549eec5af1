"""Time limits, with the clock in hand: event time decides, and an idle stream goes on by the wall clock."""

from streams import topics

MINUTE, DAY = 60, 86_400


def test_an_order_that_is_not_paid_waits_for_its_limit_and_no_longer(open_shop):
    shop = open_shop(order_time_limit_s=15 * MINUTE)
    shop.stock(U=10)
    shop.order("1", U=3, card="C-1")
    shop.run()
    shop.wait(14 * MINUTE)
    assert shop.counted(topics.order_status) == {}
    shop.wait(2 * MINUTE)
    assert shop.end("1") == "timeout"
    assert shop.shelf("U") == (10, 0)
    assert shop.counted(topics.shipments) == {"ShipmentCreated": 1, "ShipmentCancelled": 1}


def test_a_payment_after_the_limit_changes_nothing(shop):
    shop.stock(U=10)
    shop.order("1", U=3, card="C-1")
    shop.run()
    shop.wait(DAY / 2)
    shop.pay("1", "C-1", at=DAY / 2)
    shop.run()
    assert shop.end("1") == "timeout"
    assert shop.facts("OrderShipped") == []
    assert shop.shelf("U") == (10, 0)


def test_old_orders_that_are_read_late_have_their_whole_limit_before_them(shop):
    shop.tell("StockReceived", at=-300 * DAY, receipt_id="R", product_id="U", quantity=10)
    shop.run()
    for number in range(3):
        shop.order(f"{number}", at=(number - 300) * DAY, U=1, card=f"C-{number}")
    shop.run(*(name for name in shop.services if name not in {"payments", "fraud"}))
    assert shop.counted(topics.order_status) == {}
    for number in range(3):
        shop.pay(f"{number}", f"C-{number}", transaction=f"T-{number}", at=(number - 300) * DAY)
    shop.run()
    assert shop.counted(topics.order_status) == {"OrderConfirmed": 3, "OrderCompleted": 3}


def test_an_old_order_has_its_limit_before_it_although_some_sources_have_not_spoken_yet(shop):
    shop.stock(U=100)
    for number in range(40):
        shop.order(f"{number}", at=0, U=1)
    for number in range(40, 50):
        shop.order(f"{number}", at=-300 * DAY, U=1, card=f"C-{number}")
    shop.run("orders")  # it has heard of no reservation, payment or parcel
    for number in range(40):
        shop.pay(f"{number}", f"C-{number}", transaction=f"T-{number}", at=0)
    shop.run()
    assert shop.counted(topics.order_status) == {"OrderConfirmed": 40, "OrderCompleted": 40}
    for number in range(40, 50):
        shop.pay(f"{number}", f"C-{number}", transaction=f"T-{number}", at=-300 * DAY)
    shop.run()
    assert shop.counted(topics.order_status) == {"OrderConfirmed": 50, "OrderCompleted": 50}


def test_a_timeouts_event_time_is_when_it_was_due_however_late_anybody_looked(shop):
    shop.stock(U=10)
    shop.order("1", U=3, card="C-1")
    shop.run()
    placed = shop.said("OrderPlaced")[0].time
    shop.wait(5 * DAY)
    (over,) = shop.said("OrderCancelled")
    assert over.time == placed + 15 * MINUTE * 1000


def test_an_order_without_a_card_waits_for_no_payment_unless_the_shop_says_so(open_shop):
    for policy, ends in ("with_card", "completed"), ("always", "timeout"), ("never", "completed"):
        shop = open_shop(payment_required=policy)
        shop.stock(U=10)
        shop.order("1", U=3)
        shop.run()
        shop.wait(DAY)
        assert shop.end("1") == ends


def test_what_is_over_is_forgotten_after_its_retention(shop):
    shop.tell("UserCreated", customer_id="Ada", name="Ada", phone="+49301")
    shop.stock(U=10)
    shop.order("1", U=3, card="C-1")
    shop.pay("1", "C-1")
    shop.run()
    assert shop.end("1") == "completed"
    for _ in range(20):
        shop.wait(DAY)
    left = {name: rows for name, rows in shop.tables().items() if rows and name[0] not in {"fraud", "insights"}}
    assert set(left) == {("inventory", "stock"), ("customers", "customers"), ("notifications", "recipients")}
    assert shop.shelf("U") == (7, 0)
