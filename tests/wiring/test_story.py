"""The story that the product tells, all services together."""

import json

from examples import loyalty
from examples.loyalty.service import balances
from streams import topics
from tests.wiring.shop import ADA

DAY = 86_400
EXAMPLE = {
    "event_type": "OrderPlaced",
    "timestamp": "2023-10-27T10:00:00Z",
    "data": {
        "order_id": 12345,
        "customer_id": 67890,
        "items": [{"product_id": "A101", "quantity": 2}, {"product_id": "B202", "quantity": 1}],
        "total_amount": 150.75,
    },
}


def test_an_order_is_reserved_paid_shipped_and_told_to_the_customer(shop):
    shop.tell("UserCreated", **ADA)
    shop.stock(U=10)
    shop.order("1", U=3, card="C-1")
    shop.run()
    assert shop.shelf("U") == (10, 3)
    assert shop.counted(topics.shipments) == {"ShipmentCreated": 1}

    shop.pay("1", "C-1")
    shop.run()
    assert shop.shelf("U") == (7, 0)
    assert shop.counted(topics.fraud) == {"FraudCleared": 1}
    assert shop.counted(topics.payments) == {"PaymentAuthorised": 1}
    assert shop.counted(topics.order_status) == {"OrderConfirmed": 1, "OrderCompleted": 1}
    assert shop.counted(topics.shipments) == {"ShipmentCreated": 1, "OrderShipped": 1}
    (shipped,), (sent,) = shop.facts("OrderShipped"), shop.facts("SmsSent")
    assert shipped.tracking_number in sent.text
    assert [(sms.phone, sms.text) for sms in shop.gateway.posted] == [(ADA["phone"], sent.text)]


def test_the_example_of_the_language_is_accepted_as_it_stands(shop):
    shop.stock(A101=2, B202=1)
    shop.throw(topics.orders, json.dumps(EXAMPLE).encode(), key=b"12345")
    shop.run()
    assert shop.end("12345") == "completed"
    assert shop.driver.dead_letters() == []


def test_everything_that_follows_from_an_order_names_it_and_its_own_cause(shop):
    shop.stock(U=10)
    shop.order("1", U=3)
    shop.run()
    told = {event.event_id for event in shop.said("StockReceived", "OrderPlaced")}
    derived = [
        event
        for topic in topics.ALL
        if topic.carries
        for event in shop.driver.read(topic)
        if event.event_id not in told and event.causation_id not in told - {"told-1"}
    ]
    assert len(derived) > 8
    known = told | {event.event_id for event in derived}
    assert {event.correlation_id for event in derived} == {"1"}
    assert all(event.causation_id in known for event in derived)
    assert all(event.event_id.startswith(f"{event.causation_id}/{event.event_type}/") for event in derived)


def test_a_service_that_was_down_catches_up_from_the_broker(shop):
    shop.stock(U=10)
    up = [name for name in shop.services if name != "inventory"]
    for number in range(5):
        shop.order(f"{number}", U=1)
    shop.run(*up)
    assert shop.counted(topics.order_status) == {}
    assert shop.counted(topics.shipments) == {"ShipmentCreated": 5}
    shop.run()
    assert shop.counted(topics.order_status) == {"OrderConfirmed": 5, "OrderCompleted": 5}
    assert shop.shelf("U") == (5, 0)


def test_a_new_service_reads_from_the_first_event_and_nobody_notices(open_shop):
    shop = open_shop(more=[loyalty.app])
    shop.stock(U=10)
    shop.order("1", U=3)
    shop.order("2", U=2)
    shop.run(*(name for name in shop.services if name != "loyalty"))
    before = {place: records for place, records in shop.topics().items() if not place[0].startswith("loyalty")}
    shop.run()
    assert shop.driver.rows(balances) == {"Ada": 5}
    after = {place: records for place, records in shop.topics().items() if not place[0].startswith("loyalty")}
    assert after == before


def test_a_declined_card_and_a_fraud_verdict_cancel_the_order_for_their_own_reason(open_shop):
    shop = open_shop(without={"fraud"})
    shop.stock(U=10)
    verdict = {"score": 0.9, "reasons": [], "rules": [], "model_version": "test"}
    for order, card, said in ("1", "DECLINE-1", "FraudCleared"), ("2", "C-2", "FraudDetected"):
        shop.order(order, U=3, card=card)
        shop.pay(order, card, transaction=f"T-{order}")
        shop.tell(said, transaction_id=f"T-{order}", card_id=card, order_id=order, **verdict)
    shop.run()
    assert (shop.end("1"), shop.end("2")) == ("payment_failed", "fraud")
    assert shop.shelf("U") == (10, 0)
    assert shop.counted(topics.shipments) == {"ShipmentCreated": 2, "ShipmentCancelled": 2}


def test_every_attempt_gets_one_verdict_with_a_score_and_reasons(shop):
    shop.pay(None, "C-1", transaction="T-1")
    shop.pay(None, "C-1", transaction="T-1", at=3)
    shop.pay(None, "C-2", transaction="T-2")
    shop.run()
    verdicts = shop.facts("FraudCleared", "FraudDetected")
    assert sorted(verdict.transaction_id for verdict in verdicts) == ["T-1", "T-2"]
    assert all(0 <= verdict.score <= 1 and verdict.reasons for verdict in verdicts)
    assert shop.counted(topics.payments) == {}


def test_a_detection_that_a_label_calls_wrong_is_cleared_by_name(shop):
    for day in range(20):
        shop.pay(None, "C-1", transaction=f"T-{day}", at=day * DAY, amount=20)
    for number in range(5):
        place = {"transaction": f"T-odd-{number}", "terminal": f"POS-{number}"}
        shop.pay(None, "C-1", **place, at=20 * DAY + number * 60, amount=9_000)
    shop.run()
    detection = shop.said("FraudDetected")[-1]
    suspect = detection.data.transaction_id
    shop.tell("TransactionLabelled", at=27 * DAY, transaction_id=suspect, card_id="C-1", fraud=False)
    shop.run()
    (clearance,) = [verdict for verdict in shop.facts("FraudCleared") if verdict.clears is not None]
    assert (clearance.transaction_id, clearance.clears) == (suspect, detection.event_id)


def test_customers_know_the_latest_word(shop):
    shop.tell("UserCreated", **ADA)
    shop.tell("UserCreated", **{**ADA, "phone": "+49302"}, at=5)
    shop.tell("UserCreated", **{**ADA, "phone": "+49303"}, at=1)
    shop.run()
    assert shop.tables()["customers", "customers"]["Ada"].phone == "+49302"
