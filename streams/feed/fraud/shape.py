"""Every fraud pattern has the same shape, so that adding one means adding one file.

A pattern says which payments a thief makes before he places an order with a stolen card, and which follow it: those
may be days later. The shop around him is a `Scene`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random


class Scene(NamedTuple):
    """Where a theft takes place.

    Attributes:
        card: the stolen one. cents: what its owner's order would cost, in minor units.
        left: seconds until the shop closes: a theft of days is over by then.
        till: draws a terminal of the shop. stranger: draws the card of somebody else.
    """

    card: str
    cents: int
    left: float
    till: Callable[[], str]
    stranger: Callable[[], str]


class Attempt(NamedTuple):
    """A fraudulent payment attempt: seconds after the theft, an amount in minor units, where, and with which card."""

    after: float
    cents: int
    terminal: str
    card: str


class Pattern(Protocol):
    """A function: a scene in, the fraudulent attempts out, in time order."""

    def __call__(self, random: Random, scene: Scene) -> Iterator[Attempt]: ...


def times(random: Random, scene: Scene, least: float, most: float) -> int:
    """An amount so many times the order's, in minor units."""
    return max(1, round(scene.cents * random.uniform(least, most)))
