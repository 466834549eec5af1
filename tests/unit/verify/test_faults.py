"""Each single fault in a history is found, by exactly the checks that are there for it."""

import json

import pytest

from agents.verify import verify_records
from agents.verify.invariants import INVARIANTS

ONE_U = [{"product_id": "U", "quantity": 2}]


def failed(tale, **options):
    return {check.name for check in verify_records(tale.records, **options).checks if not check.ok}


def sell_what_is_not_there(tale):
    tale.booked("E-6", "J", "counted", reserved=1)


def authorise_a_fraud(tale):
    tale.drop("FraudCleared", 1)
    tale.edit_envelope("PaymentFailed", event_id=None)
    failure = tale.records[tale.find("PaymentFailed")]
    tale.drop("PaymentFailed")
    data = json.loads(failure.value)["data"]
    tale.derived(json.loads(failure.value)["causation_id"], "payments", "PaymentAuthorised", **data)


def repeat_bytes(tale, event_type):
    record = tale.records[tale.find(event_type)]
    tale.put(record.position.topic, record.value, key=record.key)


FAULTS = {
    "a product is oversold": (
        sell_what_is_not_there,
        {"stock is never oversold", "reserved is the open promises"},
    ),
    "two updates change places": (
        lambda tale: tale.swap("InventoryUpdated", 6, 7),
        {"versions have no gap and no repeat"},
    ),
    "an update is lost": (
        lambda tale: tale.drop("InventoryUpdated", 6),
        {"versions have no gap and no repeat", "a promise is counted once"},
    ),
    "an update is there twice": (
        lambda tale: tale.repeat("InventoryUpdated", 10),
        {"versions have no gap and no repeat", "on hand is received plus counted minus shipped"},
    ),
    "what is available is not what is left": (
        lambda tale: tale.edit("InventoryUpdated", 0, available=9),
        {"available is on hand minus reserved"},
    ),
    "a change is not the difference": (
        lambda tale: tale.edit("InventoryUpdated", 7, change={"on_hand": 0, "reserved": -2}),
        {"changes add up"},
    ),
    "a receipt is applied with another quantity": (
        lambda tale: tale.edit("StockReceived", 0, quantity=11),
        {"a receipt is applied once", "on hand is received plus counted minus shipped"},
    ),
    "a receipt is applied twice": (
        lambda tale: tale.booked("E-3", "U", "received", on_hand=10, receipt_id="R-1"),
        {"a receipt is applied once", "on hand is received plus counted minus shipped"},
    ),
    "a receipt is applied that was never sent": (
        lambda tale: tale.booked("E-3", "U", "received", receipt_id="R-9"),
        {"a receipt is applied once"},
    ),
    "goods vanish from the shelf": (
        lambda tale: tale.booked("E-3", "U", "released", on_hand=-1),
        {"on hand is received plus counted minus shipped"},
    ),
    "a promise is counted twice": (
        lambda tale: tale.booked("E-3", "U", "reserved", reserved=1, order_id="O-1"),
        {"a promise is counted once", "reserved is the open promises"},
    ),
    "a promise is not counted": (
        lambda tale: tale.repeat("StockReserved", line=7),
        {"a promise is counted once"},
    ),
    "an order ends twice": (
        lambda tale: tale.repeat("OrderCompleted"),
        {"every order ends once"},
    ),
    "an order never ends": (
        lambda tale: tale.drop("OrderCompleted"),
        {"every order ends once", "every input is accounted for"},
    ),
    "an order ends that nobody placed": (
        lambda tale: tale.derived("E-3", "order-status", "OrderCancelled", order_id="O-9"),
        {"every order ends once"},
    ),
    "a completed order is cancelled too": (
        lambda tale: tale.derived("E-3", "order-status", "OrderCancelled", order_id="O-1"),
        {"every order ends once", "a cancelled order ships nothing", "a cancelled orders shipment is cancelled"},
    ),
    "a cancelled order takes goods": (
        lambda tale: (
            tale.booked("E-3", "U", "shipped", on_hand=-1, order_id="O-2"),
            tale.booked("E-8", "U", "counted", on_hand=1),
        ),
        {"a cancelled order ships nothing"} | {"on hand is received plus counted minus shipped"},
    ),
    "a cancelled order keeps its stock": (
        lambda tale: tale.drop("StockReleased"),
        {"a cancelled order holds no stock", "reserved is the open promises"},
    ),
    "an order ships twice": (
        lambda tale: tale.repeat("OrderShipped"),
        {"a completed order shipped once", "one message per shipped order"},
    ),
    "an order ships without being confirmed": (
        lambda tale: tale.drop("OrderConfirmed"),
        {"a completed order shipped once"},
    ),
    "an order is torn: one line is shipped, the other not": (
        lambda tale: tale.edit("OrderShipped", items=ONE_U),
        {"orders are all or nothing", "on hand is received plus counted minus shipped"},
    ),
    "an order is torn: one line is taken, the other not": (
        lambda tale: tale.edit("InventoryUpdated", 5, order_id="O-8"),
        {"orders are all or nothing"},
    ),
    "an order ships though a line is refused": (
        lambda tale: tale.derived(
            "E-3", "reservations", "StockRejected", order_id="O-1", product_id="J", quantity=1, line=1
        ),
        {"a refused order is not completed"},
    ),
    "an order ships though its payment failed": (
        lambda tale: (
            tale.drop("PaymentAuthorised"),
            tale.derived("E-3", "payments", "PaymentFailed", order_id="O-1", transaction_id="T-1"),
        ),
        {"a refused order is not completed"},
    ),
    "a transaction is judged twice": (
        lambda tale: tale.repeat("FraudDetected"),
        {"one verdict per transaction"},
    ),
    "a transaction is not judged": (
        lambda tale: tale.drop("FraudCleared"),
        {"one verdict per transaction", "every input is accounted for"},
    ),
    "a score is no probability": (
        lambda tale: tale.edit("FraudDetected", score=1.5),
        {"a verdict says why"},
    ),
    "a clearance clears nothing": (
        lambda tale: tale.edit("FraudCleared", 1, clears="E-0"),
        {"a clearance names its detection"},
    ),
    "a payment ends twice": (
        lambda tale: tale.repeat("PaymentAuthorised"),
        {"one outcome per payment"},
    ),
    "a payment never ends": (
        lambda tale: tale.drop("PaymentFailed"),
        {"one outcome per payment"},
    ),
    "a fraud is paid": (authorise_a_fraud, {"fraud is not paid"}),
    "an order has two shipments": (
        lambda tale: tale.repeat("ShipmentCreated"),
        {"one shipment per order"},
    ),
    "a shipment was never created": (
        lambda tale: tale.drop("ShipmentCreated"),
        {"one shipment per order"},
    ),
    "a shipment waits for a cancelled order": (
        lambda tale: tale.drop("ShipmentCancelled"),
        {"a cancelled orders shipment is cancelled"},
    ),
    "a message is lost": (
        lambda tale: tale.drop("SmsSent"),
        {"one message per shipped order"},
    ),
    "a message is sent twice": (
        lambda tale: tale.repeat("SmsSent"),
        {"one message per shipped order"},
    ),
    "a message is garbled": (
        lambda tale: tale.replace("SmsSent", value=b"?"),
        {"derived events are readable", "one message per shipped order"},
    ),
    "an id is made up": (
        lambda tale: tale.edit_envelope("SmsSent", event_id="made-up"),
        {"ids follow from causes"},
    ),
    "a cause is not named": (
        lambda tale: tale.edit_envelope("SmsSent", causation_id=None),
        {"ids follow from causes"},
    ),
    "a cause is nowhere": (
        lambda tale: tale.derived("E-404", "order-status", "OrderNoted", order_id="O-1"),
        {"causes exist"},
    ),
    "an event is there twice": (
        lambda tale: repeat_bytes(tale, "SmsSent"),
        {"event ids are unique", "one message per shipped order"},
    ),
    "an event lies under another key": (
        lambda tale: tale.replace("SmsSent", key=b"elsewhere"),
        {"keys are the topics"},
    ),
}
"""What happens: how to make it happen, and the checks that see it."""


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_by_exactly_the_checks_that_see_it(tale, fault):
    happen, seen_by = FAULTS[fault]
    happen(tale)
    assert failed(tale) == seen_by


def test_every_invariant_has_a_fault_that_it_finds():
    found = set().union(*(seen_by for _, seen_by in FAULTS.values()))
    elsewhere = {"dead letters name their source", "a record is set aside once"}  # test_inputs.py
    assert {invariant.__name__.replace("_", " ") for invariant in INVARIANTS} == found | elsewhere
