"""A thief tries a card with many small payments in a few seconds, to see whether it works, then spends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.feed.fraud.shape import Attempt, times

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from streams.feed.fraud.shape import Scene

ATTEMPTS = (4, 12)
PAUSE_SECONDS = (0.2, 2.0)
CENTS = (50, 300)
TIMES_THE_ORDER = (4.0, 8.0)


def testing(random: Random, scene: Scene) -> Iterator[Attempt]:
    """Small amounts at one till, close together, whatever the order costs; then a large one elsewhere."""
    after, till = 0.0, scene.till()
    for _ in range(random.randint(*ATTEMPTS)):
        after += random.uniform(*PAUSE_SECONDS)
        yield Attempt(after, random.randint(*CENTS), till, scene.card)
    after += random.uniform(*PAUSE_SECONDS)
    yield Attempt(after, times(random, scene, *TIMES_THE_ORDER), scene.till(), scene.card)
