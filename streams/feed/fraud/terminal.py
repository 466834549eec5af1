"""A compromised terminal: cards that were used there are copied, and all the copies used there within half an hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.feed.fraud.shape import Attempt, times

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from streams.feed.fraud.shape import Scene

COPIES = (30, 60)
SECONDS = 1_800.0
"""A copy is worth little once the first ones are missed."""
TIMES_THE_ORDER = (2.0, 5.0)


def terminal(random: Random, scene: Scene) -> Iterator[Attempt]:
    """Many cards, one till, amounts somewhat above the order's."""
    till, seconds = scene.till(), min(SECONDS, scene.left)
    for after in sorted(random.uniform(0, seconds) for _ in range(random.randint(*COPIES))):
        yield Attempt(after, times(random, scene, *TIMES_THE_ORDER), till, scene.stranger())
