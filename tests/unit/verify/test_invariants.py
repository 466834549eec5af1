"""What is right passes every check: a history without a fault, answers that are repeated, a stream that still runs."""

import json

from agents.verify import verify_records
from agents.verify.invariants import INVARIANTS

READERS = {"orders": ("inventory", "orders")}


def failed(tale, **options):
    return {check.name for check in verify_records(tale.records, **options).checks if not check.ok}


def repeat_bytes(tale, event_type):
    record = tale.records[tale.find(event_type)]
    tale.put(record.position.topic, record.value, key=record.key)


def test_a_history_without_a_fault_passes_every_check(tale):
    report = verify_records(tale.records, readers=READERS)
    assert report.violations == []
    assert report.ok
    assert len(report.checks) == len(INVARIANTS) + 1


def test_no_check_of_that_history_is_empty(tale):
    assert [check.name for check in verify_records(tale.records, readers=READERS).checks if not check.checked] == []


def test_a_promise_may_be_repeated_to_who_asks_again(tale):
    tale.repeat("StockReserved")
    assert failed(tale) == set()


def test_the_answer_to_a_repeated_event_may_be_repeated(tale):
    repeat_bytes(tale, "ReserveStock")
    repeat_bytes(tale, "StockReserved")
    first = json.loads(tale.records[tale.find("OrderPlaced")].value)["event_id"]
    tale.edit_envelope("OrderPlaced", 1, event_id=first)
    assert failed(tale) == set()


def test_a_cause_on_a_topic_that_is_not_read_is_traced_to_its_head(tale):
    head = json.loads(tale.records[tale.find("SmsSent")].value)["causation_id"]
    cause = f"{head}/MessageQueued/0"
    tale.edit_envelope("SmsSent", causation_id=cause, event_id=f"{cause}/SmsSent/0")
    assert failed(tale) == set()


def test_a_timer_is_a_cause(tale):
    cause = "orders-timer/deadline/O-2/1714557600000"
    tale.edit_envelope("SmsSent", causation_id=cause, event_id=f"{cause}/SmsSent/0")
    assert failed(tale) == set()


def test_an_input_without_an_id_is_a_cause_by_its_position(tale):
    tale.edit_envelope("TransactionLabelled", event_id=None)
    cause = "transaction-labels-0-0"
    tale.edit_envelope("FraudCleared", 1, causation_id=cause, event_id=f"{cause}/FraudCleared/0")
    assert failed(tale) == set()


def test_a_running_stream_may_be_unfinished(tale):
    for lost in ("OrderCompleted", "SmsSent", "StockReleased", "ShipmentCancelled", "FraudCleared"):
        tale.drop(lost)
    report = verify_records(tale.records, allow_open=True)
    assert report.ok
    assert sum(check.open for check in report.checks) >= 5


def test_a_running_stream_must_not_be_wrong(tale):
    tale.repeat("FraudDetected")
    assert failed(tale, allow_open=True) == {"one verdict per transaction"}
