"""Card payments, honest or not, with or without an order, and the labels that come back for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.feed.fraud import PATTERNS, Scene
from streams.feed.record import Draft, draft

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

    from streams.feed.options import FeedOptions

TERMINALS = 100
DAY_SECONDS = 86_400.0


class Tills:
    """Numbers every attempt once, and remembers those whose label is to come back. `stranger`: draws anybody's card."""

    def __init__(self, options: FeedOptions, random: Random, stranger: Callable[[], str]) -> None:
        self._random = random
        self._options = options
        self._stranger = stranger
        self._attempts = 0
        self._labels: list[Draft] = []

    def attempt(  # noqa: PLR0913 -- what an attempt is
        self, card: str, cents: int, at: float, *, fraud: bool = False, order: str | None = None, till: str = ""
    ) -> Draft:
        """A `TransactionAttempted` of `cents` minor units; at any terminal, unless one is named."""
        self._attempts += 1
        transaction = f"T-{self._options.run}{self._attempts:06d}"
        data = {
            "transaction_id": transaction,
            "card_id": card,
            "terminal_id": till or self._till(),
            "amount": cents / 100,
        }
        if order is not None:
            data["order_id"] = order
        if self._options.labels and self._random.random() < self._options.labels:
            self._remember(transaction, card, at, fraud=fraud)
        return draft("transactions", card, "TransactionAttempted", data, at)

    def steal(self, card: str, cents: int, at: float) -> Iterator[Draft]:
        """What thieves do around an order for `cents`, by one of the patterns that the options ask for."""
        weights = dict(self._options.fraud_patterns)
        (pattern,) = self._random.choices([*weights], [*weights.values()])
        scene = Scene(card, cents, max(0.0, self._options.seconds - at), self._till, self._stranger)
        for attempt in PATTERNS[pattern](self._random, scene):
            yield self.attempt(attempt.card, attempt.cents, at + attempt.after, fraud=True, till=attempt.terminal)

    def _till(self) -> str:
        return f"POS-{self._random.randrange(TERMINALS):03d}"

    def labels(self, at: float) -> Iterator[Draft]:
        """The labels, published together at `at`, in event time days after their transactions."""
        for label in sorted(self._labels, key=lambda label: label.time):
            label.at = at
            yield label

    def _remember(self, transaction: str, card: str, at: float, *, fraud: bool) -> None:
        data = {"transaction_id": transaction, "card_id": card, "fraud": fraud}
        due = at + self._options.label_days * DAY_SECONDS
        self._labels.append(draft("transaction-labels", card, "TransactionLabelled", data, due))
