"""The fraud service without an engine: its rules over dict rows, in as many partitions as asked.

Keys go to partitions as Kafka's default partitioner sends them. An attempt runs through both hops before the next
event, so the order is that of the input. Who uses it: `replay.py`, `study.py` and the unit tests.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from aiokafka.partitioner import murmur2

from streams.events.base import Event, Money, quick
from streams.events.payments import TransactionAttempted, TransactionLabelled
from streams.rules.fraud import desk_card, desk_terminal
from streams.rules.fraud.desk_card import CardDesk
from streams.rules.fraud.desk_terminal import TerminalDesk
from streams.rules.fraud.lessons import Model
from streams.rules.fraud.live import NO_RULES, RuleSet

EPOCH: Final = datetime(2024, 1, 1, tzinfo=UTC)  # second 0 of a stream

attempted, labelled = quick(TransactionAttempted), quick(TransactionLabelled)


def attempt(seconds: int, transaction: str, card: str, terminal: str, cents: int) -> Event[Any]:
    fact: Any = attempted(transaction_id=transaction, card_id=card, terminal_id=terminal, amount=Money(cents))
    return _event("TransactionAttempted", f"a/{transaction}", seconds, fact)


def label(seconds: int, transaction: str, card: str, *, fraud: bool) -> Event[Any]:
    fact = labelled(transaction_id=transaction, card_id=card, fraud=fraud)
    return _event("TransactionLabelled", f"l/{transaction}", seconds, fact)


def _event(kind: str, event_id: str, seconds: int, fact: Any) -> Event[Any]:
    return Event(event_id=event_id, event_type=kind, timestamp=EPOCH + timedelta(seconds=seconds), data=fact)


class Desks:
    """Both hops, in memory.

    Attributes:
        cards, terminals: one desk per partition.
        events: how many were sent.
    """

    def __init__(self, partitions: int = 1, rules: RuleSet = NO_RULES) -> None:
        self.cards = [CardDesk({}, {}, {}, rules) for _ in range(partitions)]
        self.terminals = [TerminalDesk({}, {}, Model({}, {}, {}), {}, {}, {}, rules) for _ in range(partitions)]
        self._rules: dict[str, Callable[[Any, Any], Iterator[Any] | None]] = {
            "TransactionAttempted": desk_card.assess,
            "TransactionLabelled": desk_card.label,
            "CardAssessed": desk_terminal.decide,
            "TerminalLabelled": desk_terminal.learn,
            "AttemptForgotten": desk_terminal.forget,
        }
        self._places: dict[str, int] = {}
        self.events = 0

    def place(self, key: str) -> int:
        """The partition of a key."""
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = (murmur2(key.encode()) & 0x7FFFFFFF) % len(self.cards)
        return place

    def obey(self, rules: RuleSet) -> None:
        """From here on in the stream, these rules are in force."""
        self.cards = [desk._replace(rules=rules) for desk in self.cards]
        self.terminals = [desk._replace(rules=rules) for desk in self.terminals]

    def send(self, event: Event[Any]) -> Iterator[Event[Any]]:
        """What leaves the service because of one event."""
        self.events += 1
        for fact in self._rules[event.event_type](event, self.cards[self.place(event.data.card_id)]) or ():
            derived = _derived(event, fact)
            desk = self.terminals[self.place(derived.data.terminal_id)]
            for verdict in self._rules[derived.event_type](derived, desk) or ():
                yield _derived(derived, verdict)


def _derived(cause: Event[Any], fact: Any) -> Event[Any]:
    kind = type(fact).__name__
    return Event(event_id=f"{cause.event_id}/{kind}/0", event_type=kind, timestamp=cause.timestamp, data=fact)
