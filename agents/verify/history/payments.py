"""A file per card transaction: attempts, verdicts, and what became of the payment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agents.verify.record import text

if TYPE_CHECKING:
    from agents.verify.record import Fact


@dataclass(slots=True)
class Transaction:
    """All that the topics say about a transaction. Numbers count records."""

    order_id: str | None = None
    accepted: bool = False
    """Some `TransactionAttempted` was not set aside."""
    detected: list[str] = field(default_factory=list)
    """Event ids of `FraudDetected`."""
    cleared: int = 0
    """`FraudCleared` that answer an attempt; those that clear a detection are in `clears`."""
    clears: list[str] = field(default_factory=list)
    unexplained: int = 0
    """Verdicts without a score between 0 and 1, or without a list of reasons."""
    authorised: int = 0
    failed: int = 0

    @property
    def verdicts(self) -> int:
        return len(self.detected) + self.cleared


class PaymentBook(dict[str, Transaction]):
    """Transactions by id, opened when first heard of."""

    def __missing__(self, transaction_id: str) -> Transaction:
        return self.setdefault(transaction_id, Transaction())

    def of(self, fact: Fact) -> Transaction:
        return self[text(fact.data.get("transaction_id")) or "?"]

    def attempted(self, fact: Fact) -> None:
        transaction = self.of(fact)
        transaction.order_id = transaction.order_id or text(fact.data.get("order_id"))

    def judged(self, fact: Fact) -> None:
        transaction, clears = self.of(fact), text(fact.data.get("clears"))
        if clears is not None:
            transaction.clears.append(clears)
        elif fact.type == "FraudDetected":
            transaction.detected.append(fact.event_id or "?")
        else:
            transaction.cleared += 1
        score = fact.data.get("score")
        explained = isinstance(score, int | float) and 0 <= score <= 1 and isinstance(fact.data.get("reasons"), list)
        transaction.unexplained += not explained

    def settled(self, fact: Fact) -> None:
        transaction = self.of(fact)
        if fact.type == "PaymentAuthorised":
            transaction.authorised += 1
        else:
            transaction.failed += 1
