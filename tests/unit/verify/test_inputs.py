"""Inputs = answered + set aside + late: nothing is dropped in silence, and nothing is set aside without a word."""

import json

import pytest

from agents.verify import verify_records
from agents.verify.record import Position

READERS = {"orders": ("inventory", "orders")}
ACCOUNTED = "every input is accounted for"


def failed(tale, **options):
    return {check.name for check in verify_records(tale.records, **options).checks if not check.ok}


def letter(tale):
    return next(place for place, record in enumerate(tale.records) if record.position.topic == "dead-letters")


def test_the_account_adds_up_to_what_was_read(tale):
    report = verify_records(tale.records)
    assert report.inputs["orders"] == {"answered": 4, "set aside": 1}
    assert report.inputs["transactions"] == {"answered": 2}
    assert report.inputs["stock-receipts"] == {"answered": 3}
    assert report.inputs["customers"] == {"remembered": 1}
    assert all(sum(counted.values()) == report.records[topic] for topic, counted in report.inputs.items())


@pytest.mark.parametrize("value", [b"{broken", b"", b"[]", b"\xff\xfe", b'{"event_type": 7}', b"null"])
@pytest.mark.parametrize("topic", ["orders", "transactions", "stock-receipts", "customers"])
def test_junk_that_nobody_set_aside_is_missed(tale, topic, value):
    tale.put(topic, value)
    assert failed(tale) == {ACCOUNTED}


@pytest.mark.parametrize("value", [b"{broken", b"", b"[]", b"\xff\xfe", b'{"event_type": 7}', b"null"])
def test_junk_that_was_set_aside_is_accounted_for(tale, value):
    tale.set_aside(tale.put("transactions", value), "fraud")
    assert failed(tale) == set()


def test_an_order_without_data_must_be_set_aside(tale):
    tale.put("orders", b'{"event_type": "OrderPlaced"}')
    assert failed(tale) == {ACCOUNTED}


def test_a_customer_with_missing_fields_must_be_set_aside(tale):
    tale.given("customers", "UserCreated", customer_id="C-2")
    assert failed(tale) == {ACCOUNTED}


def test_an_event_of_an_unknown_type_is_skipped(tale):
    tale.given("orders", "OrderAdmired", order_id="O-9")
    tale.put("orders", b'{"event_type": "OrderForgotten"}')
    assert failed(tale) == set()


def test_a_deletion_on_a_compacted_topic_is_no_junk(tale):
    tale.put("customers", None)
    tale.put("orders", None)
    report = verify_records(tale.records)
    assert [violation.subject for violation in report.violations] == ["orders/0/5"]


def test_a_receipt_without_an_answer_is_missed(tale):
    tale.given("stock-receipts", "StockReceived", receipt_id="R-9", product_id="U", quantity=1)
    assert failed(tale) == {ACCOUNTED}


def test_an_audit_without_an_answer_is_missed(tale):
    tale.given("stock-receipts", "StockCounted", count_id="A-9", product_id="U", on_hand=1)
    assert failed(tale) == {ACCOUNTED}


def test_a_repeated_receipt_or_audit_is_answered_by_the_first(tale):
    tale.repeat("StockReceived", 0)
    tale.repeat("StockCounted", 0)
    assert failed(tale) == set()


def test_a_delivery_note_may_list_several_products(tale):
    received = tale.given("stock-receipts", "StockReceived", receipt_id="R-1", product_id="J", quantity=4)
    assert failed(tale) == {ACCOUNTED}
    tale.booked(received, "J", "received", on_hand=4, receipt_id="R-1")
    assert failed(tale) == set()


def test_an_order_that_is_only_paid_may_end(tale):
    attempt = {"transaction_id": "T-9", "card_id": "K-1", "order_id": "O-9"}
    paid = tale.given("transactions", "TransactionAttempted", **attempt, terminal_id="P", amount=1)
    tale.derived(paid, "fraud", "FraudCleared", **attempt, score=0, reasons=[])
    tale.derived(paid, "payments", "PaymentAuthorised", transaction_id="T-9", order_id="O-9", amount=1)
    tale.derived(paid, "order-status", "OrderCancelled", order_id="O-9", reason="timeout")
    assert failed(tale) == set()


def test_an_order_that_was_set_aside_need_not_end(tale):
    tale.given("orders", "OrderPlaced", order_id="O-9", customer_id="C-1", items=[], total_amount=1)
    assert failed(tale) == {ACCOUNTED, "every order ends once", "one shipment per order"}
    tale.set_aside(Position("orders", 0, 5), "orders")
    assert failed(tale) == set()


def test_a_cancellation_may_wait_for_its_order(tale):
    tale.given("orders", "OrderCancelRequested", order_id="O-9", reason="x")
    assert failed(tale) == set()


def test_an_order_that_was_cancelled_before_it_came_need_not_be_placed(tale):
    request = tale.given("orders", "OrderCancelRequested", order_id="O-9", reason="x")
    tale.derived(request, "order-status", "OrderCancelled", order_id="O-9", reason="customer")
    assert failed(tale) == set()


def test_a_late_receipt_is_accounted_for_by_its_id_in_late_events(tale):
    tale.given("stock-receipts", "StockReceived", receipt_id="R-9", product_id="U", quantity=1)
    tale.put("late-events", tale.records[-1].value)
    assert failed(tale) == set()


def test_a_late_receipt_is_accounted_for_by_its_position_in_the_headers(tale):
    tale.given("stock-receipts", "StockReceived", receipt_id="R-9", product_id="U", quantity=1)
    headers = [("source-topic", b"stock-receipts"), ("source-partition", b"0"), ("source-offset", b"3")]
    tale.put("late-events", b"?", headers=headers)
    assert verify_records(tale.records).inputs["stock-receipts"] == {"answered": 3, "late": 1}


def test_every_reader_must_set_junk_aside(tale):
    del tale.records[letter(tale)]
    assert failed(tale) == set()
    assert failed(tale, readers=READERS) == {"every reader sets junk aside"}


def test_a_dead_letter_must_carry_all_headers(tale):
    place = letter(tale)
    tale.records[place] = tale.records[place]._replace(headers=tale.records[place].headers[:-1])
    assert failed(tale) == {"dead letters name their source"}


def test_a_dead_letter_must_hold_the_bytes_of_its_source(tale):
    place = letter(tale)
    tale.records[place] = tale.records[place]._replace(value=b"{mended}")
    assert failed(tale) == {"dead letters name their source"}


def test_a_record_must_not_be_set_aside_twice_by_one_service(tale):
    tale.set_aside(Position("orders", 0, 4), "inventory")
    assert failed(tale) == {"a record is set aside once"}


def test_timers_that_failed_are_told_apart_though_they_have_no_offset(tale):
    place = letter(tale)
    said = dict(tale.records[place].headers) | {"source-topic": b"orders.timers", "source-offset": b"-1"}
    for name in (b"one", b"two"):
        tale.put("dead-letters", b"{}", key=name, headers=said.items())
    assert failed(tale) == set()


def test_ids_may_be_numbers(tale):
    position = tale.find("OrderPlaced")
    event = json.loads(tale.records[position].value)
    for place, record in enumerate(tale.records):
        if record.position.topic == "orders" and record.value.startswith(b"{") and b'"O-1"' in record.value:
            tale.records[place] = record._replace(value=record.value.replace(b'"O-1"', b"17"))
        elif record.value:
            tale.records[place] = record._replace(value=record.value.replace(b'"O-1"', b'"17"'))
        if record.key == b"O-1":
            tale.records[place] = tale.records[place]._replace(key=b"17")
    assert event["data"]["order_id"] == "O-1"
    assert failed(tale) == set()
