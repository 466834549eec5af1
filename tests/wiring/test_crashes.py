"""Doing it twice changes nothing: chunks that come again, and a crash of every service at every kill point."""

import pytest

from streams import topics
from streams.engine.faults import POINTS, InjectedFault
from tests.wiring.shop import ADA, Shop

IN_A_CHUNK = POINTS[: POINTS.index("during-recovery")]
SAID_ONCE = [
    "InventoryUpdated", "OrderConfirmed", "OrderCancelled", "OrderCompleted", "ShipmentCreated", "OrderShipped",
    "ShipmentCancelled", "FraudCleared", "FraudDetected", "PaymentAuthorised", "PaymentFailed", "SmsSent", "SmsFailed",
]  # fmt: skip


def day(shop):
    """A day of the shop in three waves; yields after each."""
    shop.tell("UserCreated", **ADA)
    for product, quantity in ("U", 75), ("V", 5), ("J", 1):
        shop.tell("StockReceived", receipt_id=f"R-{product}", product_id=product, quantity=quantity)
    yield
    for number in range(6):
        card = "DECLINE-1" if number == 1 else f"C-{number}"
        shop.order(f"{number}", at=number, U=3, V=1, card=card)
        shop.pay(f"{number}", card, transaction=f"T-{number}", at=number)
    shop.order("lost", at=7, J=2, customer="Bob")
    shop.throw(topics.orders, b"{")
    yield
    shop.tell("OrderCancelRequested", order_id="late", at=8, reason="no")
    shop.order("late", at=9, U=1)
    shop.tell("StockCounted", at=9, count_id="A-1", product_id="U", on_hand=60)
    yield


ROUNDS = 10
"""More than any event of the day needs to go through all services."""


def live(shop, before=lambda _service: None):
    """Let the services take turns until all is done; `before` each turn something may happen. Who crashed."""
    crashed = set()
    for _ in day(shop):
        for _ in range(ROUNDS):
            for service in shop.services:
                before(service)
                try:
                    shop.run(service)
                except InjectedFault:
                    crashed.add(service)
                    shop.driver.restart(service)
                    shop.run(service)
                shop.driver.fail_at(service, None)
    return crashed


@pytest.fixture(scope="module")
def undisturbed():
    """What the day looks like when nothing happens."""
    shop = Shop()
    live(shop)
    yield shop
    shop.close()


def test_the_day_has_every_kind_of_end(undisturbed):
    ends = {undisturbed.end(order) for order in ("0", "1", "lost", "late")}
    assert ends == {"completed", "payment_failed", "out_of_stock", "customer"}
    size = len(undisturbed.records())
    undisturbed.run()
    assert len(undisturbed.records()) == size


@pytest.mark.parametrize("point", IN_A_CHUNK)
def test_a_crash_of_every_service_in_every_round_leaves_the_same_bytes(open_shop, undisturbed, point):
    shop = open_shop()
    crashed = live(shop, before=lambda service: shop.driver.fail_at(service, point))
    assert crashed == set(shop.services)
    assert shop.topics() == undisturbed.topics()
    assert shop.tables() == undisturbed.tables()


REPEATED = [
    topic for topic in topics.ALL if topic.carries and topic.name.partition(".")[0] not in {"fraud", "insights"}
]
"""All but those that fraud and insights alone write, in transactions, for themselves: they hold nothing twice."""


@pytest.mark.parametrize("topic", REPEATED, ids=lambda topic: topic.name)
def test_a_whole_topic_that_comes_again_changes_no_row_and_no_outcome(open_shop, undisturbed, topic):
    shop = open_shop()
    live(shop)
    repeated = {fact.__name__ for fact in topic.carries}
    before = {kind: len(shop.said(kind)) for kind in SAID_ONCE if kind not in repeated}
    shop.driver.repeat(topic)
    shop.run()
    assert {kind: len(shop.said(kind)) for kind in before} == before
    assert shop.tables() == undisturbed.tables()
