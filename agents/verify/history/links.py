"""Every derived event names its cause, and its own id follows from it. Ids are many, so only hashes are kept."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.verify.record import Fact, Position, Record

KEYS = {
    "order-status": "order_id",
    "stock-commands": "product_id",
    "inventory": "product_id",
    "reservations": "order_id",
    "fraud": "card_id",
    "payments": "order_id",
    "shipments": "order_id",
    "notifications": "customer_id",
    "insights": None,
}
"""Derived topics, and the field that is the key of each; None: the key is a window's."""
TIMER = re.compile(r"^[\w-]+-timer/")
"""A timer is a cause that is on no topic."""
_STEP = re.compile(r"(/[A-Z][A-Za-z]+/\d+)+$")


def root(event_id: str) -> str:
    """The id at the head of a chain of causes: an id is `<cause>/<type>/<n>`."""
    return _STEP.sub("", event_id)


class LinkBook:
    """Ids seen, causes named, and what is malformed about them."""

    def __init__(self) -> None:
        self.derived = 0
        self.seen: Counter[int] = Counter()
        """Hash of an event id: how many records carry it."""
        self.causes: dict[int, tuple[str, str]] = {}
        """Causes that were not known yet when they were named: the hash, the id, and one event that names it."""
        self.repeated: dict[str, str] = {}
        """Event ids seen more than once: their cause."""
        self.anonymous: list[tuple[str, str]] = []
        """(place, fault) of derived events whose envelope is incomplete."""
        self.misplaced: list[tuple[str, str]] = []
        """(place, fault) of derived events under a wrong key."""

    def given(self, fact: Fact | None, position: Position) -> None:
        """An input's id; without one it is made from its position, in any of the usual spellings."""
        if fact is not None and fact.event_id is not None:
            self.seen[hash(fact.event_id)] += 1
        else:
            self.seen.update(hash(mark.join(map(str, position))) for mark in "/-:.@")

    def derive(self, record: Record, fact: Fact) -> None:
        self.derived += 1
        event_id, cause = fact.event_id or "", fact.causation_id or ""
        fault = _envelope_fault(fact)
        if fault:
            self.anonymous.append((str(record.position), fault))
        self.seen[hash(event_id)] += 1
        if self.seen[hash(event_id)] > 1:
            self.repeated[event_id] = cause
        if cause and hash(cause) not in self.seen:
            self.causes.setdefault(hash(cause), (cause, event_id))
        self._check_key(record, fact)

    def orphans(self) -> Iterator[tuple[str, str]]:
        """(cause, event that names it) of causes that are on no topic, and whose chain does not begin on one.

        Services have topics of their own between those that are read here, so a link may be missing, never the head.
        """
        for hashed, (cause, event_id) in self.causes.items():
            head = root(cause)
            if hashed not in self.seen and hash(head) not in self.seen and not TIMER.match(head):
                yield cause, event_id

    def surplus(self) -> Iterator[tuple[str, int]]:
        """(event id, records) of ids that are on more records than the repeats of their cause explain."""
        for event_id, cause in self.repeated.items():
            told = self.seen[hash(cause)] or self.seen[hash(root(cause))]
            if self.seen[hash(event_id)] > max(1, told):
                yield event_id, self.seen[hash(event_id)]

    def _check_key(self, record: Record, fact: Fact) -> None:
        field = KEYS[record.position.topic]
        if field is not None and record.key != str(fact.data.get(field)).encode():
            self.misplaced.append((str(record.position), f"key {record.key!r}, {field} {fact.data.get(field)!r}"))


def _envelope_fault(fact: Fact) -> str | None:
    if not fact.event_id or not fact.timestamp:
        return "no event_id or no timestamp"
    if not fact.causation_id:
        return "no causation_id"
    head, _, number = fact.event_id.rpartition("/")
    if head != f"{fact.causation_id}/{fact.type}" or not number.isdecimal():
        return f"event_id {fact.event_id} does not follow from causation_id {fact.causation_id}"
    return None
