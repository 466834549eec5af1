"""The plot. A customer comes by, orders, pays, perhaps changes her mind; deliveries follow what was sold.

Nothing here is spoilt yet: `disorder.py` repeats, delays and shuffles; `junk.py` throws in what no shop would send.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streams.feed.baskets import Baskets
from streams.feed.catalogue import Catalogue
from streams.feed.people import People, card_id, customer_id
from streams.feed.record import Draft, draft
from streams.feed.tills import Tills

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Generator, Iterator
    from random import Random

    from streams.feed.baskets import Basket
    from streams.feed.options import FeedOptions

WALK_IN_CENTS = (100, 9_999)
PAYMENT_SECONDS = (0.05, 3.0)
SECOND_THOUGHTS_SECONDS = (0.1, 20.0)
OVERTAKEN_SECONDS = (0.05, 1.0)
"""How far a cancellation may overtake its order."""
THEFT_SECONDS = 30.0
"""From the theft of a card to the order placed with it."""


class Shop:
    """Plays one visit after the other. Drafts of a visit may lie in the future, never in the past."""

    def __init__(self, options: FeedOptions, random: Random, traits: Counter[str]) -> None:
        self._options = options
        self._random = random
        self._traits = traits
        self._catalogue = Catalogue(options, random)
        self._baskets = Baskets(options, random, traits, self._catalogue)
        self._people = People(options, random)
        self._tills = Tills(options, random, lambda: card_id(self._people.someone(), declined=False))

    def opening(self) -> Iterator[Draft]:
        """The first stock, at second 0."""
        return self._catalogue.opening()

    def closing(self, at: float) -> Iterator[Draft]:
        """What comes back when all is over: labels."""
        return self._tills.labels(at)

    def visit(self, number: int, at: float) -> Iterator[Draft]:
        """All that follows from customer `number` walking in at second `at`."""
        if self._chance(self._options.counts, "audits"):
            yield self._catalogue.count(at)
        if self._chance(self._options.walk_ins, "walk-ins"):
            card = card_id(self._people.someone(), declined=False)
            yield self._tills.attempt(card, self._random.randrange(*WALK_IN_CENTS), at)
        yield from self._order(f"O-{self._options.run}{number:06d}", at)

    def _order(self, order: str, at: float) -> Iterator[Draft]:
        buyer = self._people.someone()
        yield from self._people.introduce(buyer, at)
        basket = self._baskets.fill()
        data: dict[str, Any] = {
            "order_id": order,
            "customer_id": customer_id(buyer),
            "items": basket.items,
            "total_amount": basket.cents / 100,
        }
        if self._chance(self._options.cancellations, "cancelled"):
            cancelled, at = self._second_thoughts(at)
            reason = {"order_id": order, "reason": "changed my mind"}
            yield draft("orders", order, "OrderCancelRequested", reason, cancelled)
        if not self._chance(self._options.on_account, "on account"):
            data["card_id"] = card_id(buyer, declined=self._chance(self._options.declined_payments, "declined"))
            at = yield from self._pay(order, data["card_id"], basket.cents, at)
        yield draft("orders", order, "OrderPlaced", data, at)
        yield from self._deliveries(basket, at)

    def _pay(self, order: str, card: str, cents: int, at: float) -> Generator[Draft, None, float]:
        """The attempt to pay for an order, and a thief's attempts before it. Returns when the order is placed."""
        fraud = self._chance(self._options.fraud, "fraudulent")
        if fraud:
            yield from self._tills.steal(card, cents, at)
            at += THEFT_SECONDS
        if not self._chance(self._options.abandoned, "abandoned"):
            paid = at + self._random.uniform(*PAYMENT_SECONDS)
            yield self._tills.attempt(card, cents, paid, fraud=fraud, order=order)
        return at

    def _second_thoughts(self, at: float) -> tuple[float, float]:
        """When the order is cancelled, and when it is placed: half of the cancellations come first."""
        if self._random.random() < 0.5:
            return at, at + self._random.uniform(*OVERTAKEN_SECONDS)
        return at + self._random.uniform(*SECOND_THOUGHTS_SECONDS), at

    def _deliveries(self, basket: Basket, at: float) -> Iterator[Draft]:
        if basket.lines is None:
            return
        if self._catalogue.has(basket.lines, at):
            yield from self._catalogue.sell(basket.lines, at)
        else:
            self._traits["short of stock"] += 1

    def _chance(self, share: float, trait: str) -> bool:
        happens = self._random.random() < share
        self._traits[trait] += happens
        return happens
