"""A compromised terminal: cards that were used there are copied, and the copies used there again, for days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.feed.fraud.shape import Attempt, times

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from streams.feed.fraud.shape import Scene

COPIES = (20, 40)
SECONDS = 10 * 86_400.0
TIMES_THE_ORDER = (1.0, 2.5)


def terminal(random: Random, scene: Scene) -> Iterator[Attempt]:
    """Many cards, one till, amounts that hardly stand out."""
    till, seconds = scene.till(), min(SECONDS, scene.left)
    for after in sorted(random.uniform(0, seconds) for _ in range(random.randint(*COPIES))):
        yield Attempt(after, times(random, scene, *TIMES_THE_ORDER), till, scene.stranger())
