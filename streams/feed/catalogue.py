"""What the shop sells, and deliveries and audits timed so that most orders succeed and some do not.

The levels here are the feed's own guess of what is left; the truth is the inventory service's.
"""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import accumulate
from typing import TYPE_CHECKING

from streams.feed.record import Draft, draft

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from streams.feed.options import FeedOptions

ITEMS_PER_ORDER = 4.0
"""Lines times quantity of a mean order; sizes the opening stock."""
OPENING_SHARE = 0.3
"""Part of the expected demand that is on the shelf when the shop opens."""
SMALLEST_OPENING = 10
REORDER_BELOW = 0.4
"""Part of the opening stock at which more is ordered."""
DELIVERY_SECONDS = (3.0, 15.0)
PER_SHELF = 99
"""Products under one letter: A101 to A199, then B101."""


def product_id(rank: int) -> str:
    shelf, place = divmod(rank, PER_SHELF)
    bank, letter = divmod(shelf, 26)
    return f"{chr(65 + letter)}{bank or ''}{101 + place}"


class Catalogue:
    """Products by popularity: the one of rank r sells like 1 / (r + 1) (Zipf's law)."""

    def __init__(self, options: FeedOptions, random: Random) -> None:
        self._random = random
        self._run = options.run
        self.ids = [product_id(rank) for rank in range(options.products)]
        self.cents = [random.randrange(199, 9_999) for _ in self.ids]
        weights = [1 / (rank + 1) for rank in range(options.products)]
        self._cumulated = list(accumulate(weights))
        demand = options.orders * ITEMS_PER_ORDER / sum(weights)
        self._opening = [max(SMALLEST_OPENING, round(OPENING_SHARE * demand * weight)) for weight in weights]
        self._scarce = [random.random() < options.scarce for _ in self.ids]
        self._left = self._opening.copy()
        self._ordered = [False] * len(self.ids)
        self._due: list[tuple[float, int]] = []
        self._receipts = 0
        self._counts = 0

    def opening(self) -> Iterator[Draft]:
        """One receipt for each product, before anything else."""
        for rank, quantity in enumerate(self._opening):
            yield self._receipt(rank, quantity, at=0.0)

    def choose(self, lines: int) -> list[int]:
        """Ranks of what a customer puts into the basket; a product may come twice."""
        return self._random.choices(range(len(self.ids)), cum_weights=self._cumulated, k=lines)

    def has(self, lines: list[tuple[int, int]], at: float) -> bool:
        """True when every (rank, quantity) line can be served at second `at`."""
        self._put_away(at)
        return all(quantity <= self._left[rank] for rank, quantity in lines)

    def sell(self, lines: list[tuple[int, int]], at: float) -> Iterator[Draft]:
        """Take (rank, quantity) lines off the shelf, order what runs low, and yield the deliveries that follow."""
        for rank, quantity in lines:
            self._left[rank] = max(0, self._left[rank] - quantity)
            if self._runs_low(rank):
                yield self._reorder(rank, at + self._random.uniform(*DELIVERY_SECONDS))

    def count(self, at: float) -> Draft:
        """An audit: somebody counts a shelf and is a little off."""
        rank = self._random.randrange(len(self.ids))
        self._left[rank] = max(0, self._left[rank] + self._random.randint(-2, 2))
        self._counts += 1
        data = {
            "count_id": f"A-{self._run}{self._counts:06d}",
            "product_id": self.ids[rank],
            "on_hand": self._left[rank],
        }
        return draft("stock-receipts", self.ids[rank], "StockCounted", data, at)

    def _runs_low(self, rank: int) -> bool:
        low = self._left[rank] < REORDER_BELOW * self._opening[rank]
        return low and not self._ordered[rank] and not self._scarce[rank]

    def _reorder(self, rank: int, due: float) -> Draft:
        self._ordered[rank] = True
        heappush(self._due, (due, rank))
        return self._receipt(rank, self._opening[rank], due)

    def _put_away(self, at: float) -> None:
        while self._due and self._due[0][0] <= at:
            _, rank = heappop(self._due)
            self._left[rank] += self._opening[rank]
            self._ordered[rank] = False

    def _receipt(self, rank: int, quantity: int, at: float) -> Draft:
        self._receipts += 1
        data = {"receipt_id": f"R-{self._run}{self._receipts:06d}", "product_id": self.ids[rank], "quantity": quantity}
        return draft("stock-receipts", self.ids[rank], "StockReceived", data, at)
