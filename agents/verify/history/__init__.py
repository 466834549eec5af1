"""What the topics said, remembered in a few books, so that the invariants (`../invariants`) can be asked of it.

Feed `take` every record, topic by topic or mixed; call `close` once. Nothing here judges.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from agents.verify.history.aside import AsideBook
from agents.verify.history.inputs import INPUTS, InputBook
from agents.verify.history.links import KEYS, LinkBook
from agents.verify.history.orders import COUNTED, OrderBook
from agents.verify.history.payments import PaymentBook
from agents.verify.history.stock import StockBook
from agents.verify.record import read_fact

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.verify.history.inputs import Input
    from agents.verify.record import Fact, Record

TOPICS = (*INPUTS, *KEYS, "late-events", "dead-letters")
"""Everything that is read, causes before effects where there is such an order."""


class History:
    """The books, and who writes into which."""

    def __init__(self) -> None:
        self.stock = StockBook()
        self.orders = OrderBook()
        self.payments = PaymentBook()
        self.inputs = InputBook()
        self.aside = AsideBook()
        self.links = LinkBook()
        self.records: Counter[str] = Counter()
        """Records read, per topic."""
        self.garbled: list[str] = []
        """Places of derived records that are no events."""
        self._writers = self._assign_writers()

    def take(self, record: Record) -> None:
        topic = record.position.topic
        self.records[topic] += 1
        if topic in INPUTS:
            self._take_input(record)
        elif topic == "dead-letters":
            self.aside.dead(record)
        elif topic == "late-events":
            self.aside.late(record)
        elif topic in KEYS:
            self._take_derived(record)

    def close(self) -> None:
        """Settle what can be told only at the end: which orders and transactions were really taken in."""
        for entry in self.inputs:
            if self.set_aside(entry):
                continue
            if entry.kind == "OrderPlaced":
                self.orders[entry.identity].accepted = True
            elif entry.kind == "TransactionAttempted":
                self.payments[entry.identity].accepted = True

    def set_aside(self, entry: Input) -> bool:
        return entry.position in self.aside.services

    def late(self, entry: Input) -> bool:
        return entry.position in self.aside.late_sources or entry.event_id in self.aside.late_ids

    def _take_input(self, record: Record) -> None:
        fact = read_fact(record.value)
        kind = self.inputs.note(record, fact)
        self.links.given(fact, record.position)
        if fact is not None and kind == fact.type:
            self._write(fact)

    def _take_derived(self, record: Record) -> None:
        fact = read_fact(record.value)
        if fact is None:
            self.garbled.append(str(record.position))
            return
        self.links.derive(record, fact)
        self._write(fact)

    def _write(self, fact: Fact) -> None:
        for write in self._writers.get(fact.type, ()):
            write(fact)

    def _assign_writers(self) -> dict[str, tuple[Callable[[Fact], None], ...]]:
        orders, payments, stock = self.orders, self.payments, self.stock
        answers = ("StockReserved", "StockRejected", "StockReleased", "ReservationExpired")
        return {
            **dict.fromkeys(COUNTED, (orders.count,)),
            **dict.fromkeys(answers, (orders.answer,)),
            "OrderPlaced": (orders.placed,),
            "OrderCancelRequested": (orders.cancel,),
            "StockReceived": (stock.received,),
            "StockCounted": (stock.audited,),
            "InventoryUpdated": (stock.updated,),
            "TransactionAttempted": (payments.attempted,),
            "FraudDetected": (payments.judged,),
            "FraudCleared": (payments.judged,),
            "PaymentAuthorised": (payments.settled, orders.count),
            "PaymentFailed": (payments.settled, orders.count),
        }
