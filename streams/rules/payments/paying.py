"""Bring an attempt and its verdict together, and say once what became of the payment.

A verdict that clears an earlier detection comes days later, when the order is over: it is for the analysts. A card used
without an order is none of our business.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from streams.events.base import Event, Fact, Money, quick
from streams.events.fraud import FraudCleared, FraudDetected
from streams.events.payments import PaymentAuthorised, PaymentFailed, TransactionAttempted
from streams.rules.payments.gateway import charge
from streams.rules.payments.rows import Attempt, Memory, Outcome
from streams.rules.timers import Timer, due, subject

payment_authorised = quick(PaymentAuthorised)
payment_failed = quick(PaymentFailed)


def attempt(event: Event[TransactionAttempted], memory: Memory) -> Iterator[Fact]:
    """The amount. A producer's retry is the same attempt: the first one counts."""
    order = event.data.order_id
    if order is not None:
        known = _recall(event, order, memory)
        if known.amount is None:
            yield from _settle(event, replace(known, amount=int(event.data.amount)), memory)


def clear(event: Event[FraudCleared], memory: Memory) -> Iterator[Fact]:
    """Not suspicious: charge the card, as soon as the amount is known."""
    order = event.data.order_id
    if order is not None and event.data.clears is None:
        yield from _settle(event, replace(_recall(event, order, memory), cleared=True), memory)


def block(event: Event[FraudDetected], memory: Memory) -> Iterator[Fact]:
    """Suspicious: the card is not charged, whatever the amount."""
    order = event.data.order_id
    if order is not None:
        known = _recall(event, order, memory)
        if known.outcome is None:
            yield _conclude(event.data.transaction_id, known, "fraud", memory)


def on_timer(event: Event[Timer], memory: Memory) -> None:
    """Forget an attempt that is long over."""
    _, transaction = subject(event.data)
    if transaction in memory.attempts:
        del memory.attempts[transaction]


def _recall(
    event: Event[TransactionAttempted] | Event[FraudCleared] | Event[FraudDetected], order_id: str, memory: Memory
) -> Attempt:
    transaction = event.data.transaction_id
    known = memory.attempts.get(transaction)
    if known is None:
        at = due(memory.timers, event.time, memory.policy.retention)
        memory.timers.set(f"attempt/{transaction}", at)
        known = memory.attempts[transaction] = Attempt(order_id, event.time)
    return known


def _settle(event: Event[TransactionAttempted] | Event[FraudCleared], known: Attempt, memory: Memory) -> Iterator[Fact]:
    memory.attempts[event.data.transaction_id] = known
    if known.outcome is None and known.cleared and known.amount is not None:
        yield _conclude(event.data.transaction_id, known, charge(event.data.card_id), memory)


def _conclude(transaction_id: str, known: Attempt, outcome: Outcome, memory: Memory) -> Fact:
    memory.attempts[transaction_id] = replace(known, outcome=outcome)
    if outcome == "authorised":
        amount = Money(known.amount or 0)
        return payment_authorised(order_id=known.order_id, transaction_id=transaction_id, amount=amount)
    return payment_failed(order_id=known.order_id, transaction_id=transaction_id, reason=outcome)
