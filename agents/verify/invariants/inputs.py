"""Nothing is dropped in silence. inputs = answered + set aside + late, and each record is one of them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from agents.verify.history.inputs import INPUTS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from agents.verify.history import History
    from agents.verify.history.inputs import Input
    from agents.verify.report import Check

UNANSWERED = "unanswered"
REMEMBERED = {"TransactionLabelled", "UserCreated", "FraudRuleChanged", "deletion", "unknown type"}
"""Kinds that ask for no answer; a type that nobody knows is skipped and counted."""


def became(history: History, entry: Input) -> str:
    """What became of an input: answered, remembered, set aside, late, or unanswered."""
    if _answered(history, entry):
        return "answered"
    if history.set_aside(entry):
        return "set aside"
    if history.late(entry):
        return "late"
    return "remembered" if entry.kind in REMEMBERED else UNANSWERED


def account(history: History) -> dict[str, Counter[str]]:
    """Input topic: its records by what became of them."""
    counted: dict[str, Counter[str]] = {topic: Counter() for topic in INPUTS}
    for entry in history.inputs:
        counted[entry.position.topic][became(history, entry)] += 1
    return counted


def every_input_is_accounted_for(history: History, check: Check) -> None:
    """Every input is answered, remembered, set aside in dead-letters, or reported in late-events."""
    for entry in history.inputs:
        check.checked += 1
        if became(history, entry) == UNANSWERED:
            check.missing(str(entry.position), f"{entry.kind} {entry.identity} has no answer".replace("  ", " "))


def dead_letters_name_their_source(history: History, check: Check) -> None:
    """Every dead letter carries all headers; one of an input holds the input's key and bytes."""
    sources = {entry.position: entry.fingerprint for entry in history.inputs}
    for letter in history.aside.letters:
        check.checked += 1
        if letter.missing:
            check.wrong(str(letter.position), f"without {', '.join(letter.missing)}")
        elif letter.source in sources and sources[letter.source] != letter.fingerprint:
            check.wrong(str(letter.position), f"not the bytes of {letter.source}")


def a_record_is_set_aside_once(history: History, check: Check) -> None:
    """A service sets a record aside once."""
    for source, services in history.aside.services.items():
        for service, letters in services.items():
            check.checked += 1
            if letters > 1:
                check.wrong(str(source), f"set aside {letters} times by {service}")


def every_reader_sets_junk_aside(history: History, check: Check, readers: Mapping[str, Collection[str]]) -> None:
    """What one service could not read, every service that reads the topic has set aside."""
    for entry in history.inputs:
        if entry.kind != "unreadable":
            continue
        check.checked += 1
        absent = set(readers.get(entry.position.topic, ())) - set(history.aside.services.get(entry.position, ()))
        if absent:
            check.missing(str(entry.position), f"not set aside by {', '.join(sorted(absent))}")


def _answered(history: History, entry: Input) -> bool:
    if entry.kind == "OrderPlaced":
        return bool(history.orders[entry.identity].ended)
    if entry.kind == "OrderCancelRequested":
        order = history.orders[entry.identity]
        return bool(order.ended) or not order.accepted  # it waits for its order, and will win
    if entry.kind == "TransactionAttempted":
        return bool(history.payments[entry.identity].verdicts)
    if entry.kind == "StockReceived":
        return entry.identity in history.stock.applied
    return entry.kind == "StockCounted" and history.stock.answers_count(entry)
