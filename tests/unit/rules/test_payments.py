"""One outcome for each attempt to pay for an order."""

from itertools import permutations

import pytest

from streams.events.fraud import FraudCleared, FraudDetected
from streams.events.payments import TransactionAttempted
from streams.rules.payments.paying import attempt, block, clear, on_timer
from streams.rules.payments.rows import Memory
from streams.rules.timers import RETENTION_MS
from tests.unit.rules.words import Alarms, say, types

RULES = {"TransactionAttempted": attempt, "FraudCleared": clear, "FraudDetected": block}


def attempted(card="card", order="1"):
    ids = {"transaction_id": "T", "card_id": card, "terminal_id": "P", "order_id": order}
    return say(TransactionAttempted, amount=150.75, **ids)


def verdict(fact, card="card", order="1", **more):
    ids = {"transaction_id": "T", "card_id": card, "order_id": order}
    return say(fact, score=0.5, reasons=[], rules=[], model_version="1", **ids, **more)


@pytest.fixture
def memory():
    return Memory({}, Alarms())


def hear(memory, *events):
    return [fact for event in events for fact in RULES[event.event_type](event, memory)]


@pytest.mark.parametrize(
    "events", permutations([attempted(), attempted(), verdict(FraudCleared), verdict(FraudCleared)])
)
def test_a_cleared_attempt_is_authorised_once_in_whatever_order(memory, events):
    (paid,) = hear(memory, *events)
    assert (type(paid).__name__, paid.order_id, paid.transaction_id) == ("PaymentAuthorised", "1", "T")
    assert (paid.amount, paid.amount.units) == (15075, 150.75)


@pytest.mark.parametrize("events", permutations([attempted(), verdict(FraudDetected), verdict(FraudDetected)]))
def test_a_suspicious_attempt_fails_once_in_whatever_order(memory, events):
    (failed,) = hear(memory, *events)
    assert (type(failed).__name__, failed.reason) == ("PaymentFailed", "fraud")


@pytest.mark.parametrize(("card", "reason"), [("DECLINE-1", "declined"), ("UNREACHABLE-1", "gateway_error")])
def test_a_test_card_says_how_the_gateway_answers(memory, card, reason):
    (failed,) = hear(memory, attempted(card), verdict(FraudCleared, card))
    assert (type(failed).__name__, failed.reason) == ("PaymentFailed", reason)


def test_a_detection_that_is_cleared_later_has_no_second_outcome(memory):
    cleared = verdict(FraudCleared, clears="the detection")
    assert types(hear(memory, attempted(), verdict(FraudDetected), cleared)) == ["PaymentFailed"]
    assert hear(Memory({}, Alarms()), attempted(), cleared) == []


def test_an_attempt_that_was_authorised_stays_so(memory):
    assert types(hear(memory, attempted(), verdict(FraudCleared), verdict(FraudDetected))) == ["PaymentAuthorised"]


def test_a_card_used_without_an_order_is_not_our_business(memory):
    events = attempted(order=None), verdict(FraudCleared, order=None), verdict(FraudDetected, order=None)
    assert hear(memory, *events) == []
    assert memory.attempts == {}


def test_an_attempt_is_forgotten_after_a_while(memory):
    hear(memory, attempted(), verdict(FraudCleared))
    for event in memory.timers.advance(RETENTION_MS):
        on_timer(event, memory)
    assert (memory.attempts, memory.timers.waiting) == ({}, {})
