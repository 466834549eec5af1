"""A few cards and one terminal pass money among themselves, in amounts that are almost equal, for two weeks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.feed.fraud.shape import Attempt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from streams.feed.fraud.shape import Scene

MEMBERS = 2
PAYMENTS_EACH = (16, 32)
SECONDS = 14 * 86_400.0
CENTS = (8_000, 20_000)
SPREAD = (0.95, 1.05)


def collusion(random: Random, scene: Scene) -> Iterator[Attempt]:
    """The order's card and some strangers' at one till, again and again."""
    seconds = min(SECONDS, scene.left)
    till, cents = scene.till(), random.randint(*CENTS)
    ring = [scene.card, *(scene.stranger() for _ in range(MEMBERS))]
    moments = [(random.uniform(0, seconds), card) for card in ring for _ in range(random.randint(*PAYMENTS_EACH))]
    for after, card in sorted(moments):
        yield Attempt(after, round(cents * random.uniform(*SPREAD)), till, card)
