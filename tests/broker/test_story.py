"""The story on a real Kafka, every worker a process: told once, caught up with, shared and handed over."""

import pytest

from agents.services import ALL
from streams.broker import EmbeddedKafka
from tests.broker.processes import event, running_shop, synthetic

pytestmark = [pytest.mark.broker, pytest.mark.timeout(400)]

ORDERS_WHILE_DOWN = 2_000
ORDERS_SHARED = 1_000


@pytest.fixture(scope="module")
def own_kafka():
    """A broker of its own: the shop's topics have their real names."""
    with EmbeddedKafka() as kafka:
        yield kafka


@pytest.fixture(scope="module")
def shop(own_kafka, tmp_path_factory):
    with running_shop(own_kafka.bootstrap, tmp_path_factory.mktemp("shop")) as processes:
        yield processes


def placed(order, card, **products):
    items = [{"product_id": product, "quantity": quantity} for product, quantity in products.items()]
    paid_by = {} if card is None else {"card_id": card}
    data = {"order_id": order, "customer_id": "Ada", "items": items, "total_amount": 10.5, **paid_by}
    return "orders", order.encode(), event("OrderPlaced", **data)


def received(product, quantity):
    receipt = {"receipt_id": f"R-{product}", "product_id": product, "quantity": quantity}
    return "stock-receipts", product.encode(), event("StockReceived", **receipt)


def attempted(order, card):
    attempt = {"transaction_id": f"T-{order}", "card_id": card, "terminal_id": "POS-1", "amount": 10.5}
    return "transactions", card.encode(), event("TransactionAttempted", order_id=order, **attempt)


def ends_of(shop, *orders):
    status = shop.facts("order-status")
    ended = {data["order_id"]: data.get("reason", "completed") for data in status["OrderCancelled"]}
    ended |= {data["order_id"]: "completed" for data in status["OrderCompleted"]}
    return [ended.get(order) for order in orders]


def test_of_75_u_and_1_j_three_orders_get_reserved_reserved_rejected_and_the_paid_one_is_told(shop):
    shop.publish([("customers", b"Ada", event("UserCreated", customer_id="Ada", name="Ada", phone="+49301"))])
    shop.publish([received("U", 75), received("J", 1)])
    shop.rest()
    for order, products in ("1", {"U": 3}), ("2", {"J": 1}), ("3", {"J": 1}):
        shop.publish([placed(order, f"C-{order}", **products)])
        shop.rest()
    answers = shop.facts("reservations")
    assert {data["order_id"] for data in answers["StockReserved"]} == {"1", "2"}
    assert [(data["order_id"], data["reason"]) for data in answers["StockRejected"]] == [("3", "insufficient_stock")]
    counts = {
        data["product_id"]: (data["on_hand"], data["reserved"]) for data in shop.facts("inventory")["InventoryUpdated"]
    }
    assert counts == {"U": (75, 3), "J": (1, 1)}

    shop.publish([attempted("1", "C-1"), attempted("2", "DECLINE-2")])
    shop.publish([attempted("2", "C-2")])
    shop.rest()
    assert ends_of(shop, "1", "3") == ["completed", "out_of_stock"]
    (message,) = [taken for taken in shop.taken_messages() if taken["message_id"] == "shipped-1"]
    assert message["to"] == "+49301"
    assert shop.judge().violations == []


def test_inventory_that_was_down_for_two_thousand_orders_catches_up(shop):
    before = len(shop.facts("orders")["OrderPlaced"])
    assert shop.stop("inventory") == 0
    shop.publish(synthetic(ORDERS_WHILE_DOWN, run="down-"))
    shop.rest([service for service in ALL if service.name != "inventory"])
    assert len(shop.facts("orders")["OrderPlaced"]) >= before + ORDERS_WHILE_DOWN
    assert not [data for data in shop.facts("reservations")["StockReserved"] if "down-" in data["order_id"]]
    shop.start("inventory")
    shop.rest()
    report = shop.judge()
    assert report.violations == []
    completed = [data for data in shop.facts("order-status")["OrderCompleted"] if "down-" in data["order_id"]]
    assert len(completed) > ORDERS_WHILE_DOWN / 10


def test_two_inventory_workers_share_the_partitions_and_hand_over_when_one_stops(shop):
    shop.wait_until_ready("inventory")
    shop.start("inventory-2", service="inventory")
    everything = set(range(ALL[0].partitions))

    def share():
        one, other = shop.partitions_of("inventory"), shop.partitions_of("inventory-2")
        return one and other and one | other == everything and not one & other

    shop.wait_until(share, "the two to share")
    records = list(synthetic(ORDERS_SHARED, run="shared-"))
    half = len(records) // 2
    shop.publish(records[:half])
    shop.rest()
    assert share()
    shop.publish(records[half:])
    assert shop.stop("inventory") == 0
    shop.wait_until(lambda: shop.partitions_of("inventory-2") == everything, "the other to take over")
    shop.rest()
    assert shop.judge().violations == []
    shop.start("inventory")
    shop.wait_until(share, "the two to share again")
    assert shop.stop("inventory-2") == 0
    shop.wait_until(lambda: shop.partitions_of("inventory") == everything, "the first to take over")
