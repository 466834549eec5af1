"""Strangers write to the input topics too. Junk is never an event, and each kind breaks another part of intake.

Junk has ids of its own (`J-...`), so that an answer to it can only be a mistake.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

HUGE_BYTES = 200_000
"""Below the broker's default limit for a message, above what a sane reader wants to print."""
SHAPES: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "orders": ("OrderPlaced", "order_id", ("customer_id", "items", "total_amount")),
    "transactions": ("TransactionAttempted", "transaction_id", ("card_id", "terminal_id", "amount")),
    "stock-receipts": ("StockReceived", "receipt_id", ("product_id", "quantity")),
    "customers": ("UserCreated", "customer_id", ("name", "phone")),
}
"""Topic: the event type, its id, and fields that it needs beside."""


def broken_json(random: Random, topic: str, name: str, when: str) -> bytes:
    whole = wrong_types(random, topic, name, when)
    return whole[: random.randrange(1, len(whole) - 1)]


def wrong_types(random: Random, topic: str, name: str, when: str) -> bytes:
    return _event(
        topic, name, when, {field: {"of": ["the", random.randrange(9), "wrong type"]} for field in SHAPES[topic][2]}
    )


def missing_fields(random: Random, topic: str, name: str, when: str) -> bytes:  # noqa: ARG001 - one shape for all kinds
    return _event(topic, name, when, {})


def not_an_object(random: Random, topic: str, name: str, when: str) -> bytes:  # noqa: ARG001 - one shape for all kinds
    return random.choice((b"[]", b"17", b"null", b'"hello"'))


def empty(random: Random, topic: str, name: str, when: str) -> bytes:  # noqa: ARG001 - one shape for all kinds
    return b""


def invalid_utf8(random: Random, topic: str, name: str, when: str) -> bytes:
    return missing_fields(random, topic, name, when).replace(name.encode(), b"\xff\xfe\xfa")


def huge(random: Random, topic: str, name: str, when: str) -> bytes:  # noqa: ARG001 - one shape for all kinds
    return b'{"event_type": "' + name.encode() * (HUGE_BYTES // len(name))


KINDS: tuple[Callable[[Random, str, str, str], bytes], ...] = (
    broken_json,
    wrong_types,
    missing_fields,
    not_an_object,
    empty,
    invalid_utf8,
    huge,
)
WEIGHTS = (10, 10, 10, 10, 10, 10, 1)
"""Huge records are rare, so that they do not fill the log."""


def junk(random: Random, name: str, when: str) -> tuple[str, bytes, str]:
    """(topic, value, kind) of one record that nobody can read."""
    topic = random.choice((*SHAPES,))
    kind = random.choices(KINDS, WEIGHTS)[0]
    return topic, kind(random, topic, name, when), kind.__name__.replace("_", " ")


def _event(topic: str, name: str, when: str, data: dict[str, object]) -> bytes:
    event_type, identity, _ = SHAPES[topic]
    event = {"event_id": name, "event_type": event_type, "timestamp": when, "data": {identity: name, **data}}
    return msgspec.json.encode(event)
