"""What a customer orders, honest baskets and the two kinds that the shop must refuse by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections import Counter
    from random import Random

    from streams.feed.catalogue import Catalogue
    from streams.feed.options import FeedOptions

MOST_LINES = 4
QUANTITIES, QUANTITY_WEIGHTS = (1, 2, 3), (6, 3, 1)
UNKNOWN_CENTS = 1_000


@dataclass(frozen=True, slots=True)
class Basket:
    """`items` as on the wire, their price in minor units, and the same as (rank, quantity) when it can be sold."""

    items: list[dict[str, Any]]
    cents: int
    lines: list[tuple[int, int]] | None


class Baskets:
    def __init__(self, options: FeedOptions, random: Random, traits: Counter[str], catalogue: Catalogue) -> None:
        self._options = options
        self._random = random
        self._traits = traits
        self._catalogue = catalogue

    def fill(self) -> Basket:
        """1 to 4 lines of 1 to 3 pieces; now and then a product nobody sells, or fewer than one piece."""
        basket = self._honest()
        if self._random.random() < self._options.unknown_products:
            return self._with_unknown(basket)
        if self._random.random() < self._options.invalid_quantities:
            return self._with_invalid(basket)
        return basket

    def _honest(self) -> Basket:
        ranks = self._catalogue.choose(self._random.randint(1, MOST_LINES))
        quantities = self._random.choices(QUANTITIES, QUANTITY_WEIGHTS, k=len(ranks))
        lines = list(zip(ranks, quantities, strict=True))
        items = [{"product_id": self._catalogue.ids[rank], "quantity": quantity} for rank, quantity in lines]
        return Basket(items, sum(self._catalogue.cents[rank] * quantity for rank, quantity in lines), lines)

    def _with_unknown(self, basket: Basket) -> Basket:
        self._traits["unknown product"] += 1
        gone = {"product_id": f"GONE-{self._random.randrange(100)}", "quantity": 1}
        return Basket([*basket.items, gone], basket.cents + UNKNOWN_CENTS, None)

    def _with_invalid(self, basket: Basket) -> Basket:
        self._traits["invalid quantity"] += 1
        empty = {**basket.items[0], "quantity": self._random.choice((0, -1))}
        return Basket([*basket.items, empty], basket.cents, None)
