"""Every fraud pattern has the same shape, so that adding one means adding one file.

A pattern says what a thief does with a stolen card before he places an order with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random


class Attempt(NamedTuple):
    """A fraudulent payment attempt: seconds after the theft, an amount in minor units."""

    after: float
    cents: int


class Pattern(Protocol):
    """A function: the order's own amount in, the thief's attempts before it out, in time order."""

    def __call__(self, random: Random, cents: int) -> Iterator[Attempt]: ...
