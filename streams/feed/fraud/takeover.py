"""A stranger takes over an account: for two days he uses the card as if it were his, for more, in his places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.feed.fraud.shape import Attempt, times

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from streams.feed.fraud.shape import Scene

PAYMENTS = (16, 32)
HAUNTS = 3
SECONDS = 2 * 86_400.0
TIMES_THE_ORDER = (2.5, 6.0)


def takeover(random: Random, scene: Scene) -> Iterator[Attempt]:
    """Amounts above the order's, at a few tills of his own, over two days."""
    seconds = min(SECONDS, scene.left)
    haunts = [scene.till() for _ in range(HAUNTS)]
    for after in sorted(random.uniform(0, seconds) for _ in range(random.randint(*PAYMENTS))):
        yield Attempt(after, times(random, scene, *TIMES_THE_ORDER), random.choice(haunts), scene.card)
