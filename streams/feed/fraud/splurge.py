"""A thief spends far more than the card's owner would, before the card is blocked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.feed.fraud.shape import Attempt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

PURCHASES = (1, 3)
PAUSE_SECONDS = (2.0, 10.0)
TIMES_THE_ORDER = (5.0, 20.0)
FLOOR_CENTS = 50_000


def splurge(random: Random, cents: int) -> Iterator[Attempt]:
    """A few amounts many times the order's."""
    after = 0.0
    for _ in range(random.randint(*PURCHASES)):
        after += random.uniform(*PAUSE_SECONDS)
        yield Attempt(after, max(FLOOR_CENTS, round(cents * random.uniform(*TIMES_THE_ORDER))))
