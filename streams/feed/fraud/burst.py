"""A thief spends far more than the card's owner would, at one till after another, before the card is blocked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.feed.fraud.shape import Attempt, times

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from streams.feed.fraud.shape import Scene

PURCHASES = (5, 12)
PAUSE_SECONDS = (1.0, 4.0)
TIMES_THE_ORDER = (3.0, 12.0)


def burst(random: Random, scene: Scene) -> Iterator[Attempt]:
    """Large amounts within a minute."""
    after = 0.0
    for _ in range(random.randint(*PURCHASES)):
        after += random.uniform(*PAUSE_SECONDS)
        yield Attempt(after, times(random, scene, *TIMES_THE_ORDER), scene.till(), scene.card)
