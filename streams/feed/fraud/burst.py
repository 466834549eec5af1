"""A thief tries a card with many small payments in a few seconds, at one till after another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.feed.fraud.shape import Attempt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

ATTEMPTS = (4, 12)
PAUSE_SECONDS = (0.2, 2.0)
CENTS = (50, 500)


def burst(random: Random, cents: int) -> Iterator[Attempt]:  # noqa: ARG001 - the shape of a pattern
    """Small amounts, close together, whatever the order costs."""
    after = 0.0
    for _ in range(random.randint(*ATTEMPTS)):
        after += random.uniform(*PAUSE_SECONDS)
        yield Attempt(after, random.randint(*CENTS))
