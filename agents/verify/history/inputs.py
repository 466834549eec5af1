"""What strangers sent, position by position, so that each record can be held to account at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agents.verify.record import text

if TYPE_CHECKING:
    from agents.verify.record import Fact, Position, Record

REQUIRED = {
    "OrderPlaced": ("order_id", "customer_id", "total_amount"),
    "OrderCancelRequested": ("order_id",),
    "StockReceived": ("receipt_id", "product_id", "quantity"),
    "StockCounted": ("count_id", "product_id", "on_hand"),
    "TransactionAttempted": ("transaction_id", "card_id", "terminal_id", "amount"),
    "TransactionLabelled": ("transaction_id", "fraud"),
    "UserCreated": ("customer_id", "name", "phone"),
    "FraudRuleChanged": ("rule_id", "version"),
}
"""Event type: fields without which it is not that event. The first is an id."""
IDENTITY = {"StockReceived": ("receipt_id", "product_id"), "StockCounted": ("count_id", "product_id")}
"""What tells one from another where one id is not enough: a delivery note may list several products."""
INPUTS = {
    "orders": {"OrderPlaced", "OrderCancelRequested"},
    "stock-receipts": {"StockReceived", "StockCounted"},
    "transactions": {"TransactionAttempted"},
    "transaction-labels": {"TransactionLabelled"},
    "customers": {"UserCreated"},
    "fraud-rules": {"FraudRuleChanged"},
}
"""Topics that strangers write to, and the types that are known there."""
COMPACTED = {"customers", "fraud-rules"}
"""Topics where an empty value deletes a key."""


class Input(NamedTuple):
    """One record of an input topic. `kind`: an event type, "unknown type", "deletion" or "unreadable"."""

    position: Position
    kind: str
    identity: str
    event_id: str
    fingerprint: int
    """Of key and value: a dead letter must hold the same bytes."""


class InputBook(list[Input]):
    def note(self, record: Record, fact: Fact | None) -> str:
        """Remember a record and say its kind."""
        kind = _kind(record, fact)
        identity = event_id = ""
        if fact is not None and kind in REQUIRED:
            identity = identity_of(fact)
            event_id = fact.event_id or ""
        self.append(Input(record.position, kind, identity, event_id, hash((record.key, record.value))))
        return kind


def identity_of(fact: Fact) -> str:
    """What makes an input the same as another, whatever its event id."""
    fields = IDENTITY.get(fact.type, REQUIRED[fact.type][:1])
    return "/".join(text(fact.data.get(name)) or "?" for name in fields)


def _kind(record: Record, fact: Fact | None) -> str:
    topic = record.position.topic
    if record.value is None and topic in COMPACTED:
        return "deletion"
    if fact is None:
        return "unreadable"
    if fact.type not in INPUTS[topic]:
        return "unknown type"
    scalars = all(isinstance(fact.data.get(name), str | int | float) for name in REQUIRED[fact.type])
    return fact.type if scalars and text(fact.data[REQUIRED[fact.type][0]]) else "unreadable"
