"""What a scenario is: a name, a sentence, and a round of harm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from agents.chaos.stage import Stage


class NotPossibleError(Exception):
    """This machine does not allow this harm; the message says why. Reported, never passed over."""


@dataclass(frozen=True)
class Scenario:
    """`harm` is awaited once a round, with whatever workers the round before has left.

    `rounds` of a full run; `cluster` by its name in `clusters.py`; `disorderly`: feed repeated and late numbers.
    """

    name: str
    text: str
    harm: Callable[[Stage], Awaitable[None]]
    rounds: int
    cluster: str = "one"
    disorderly: bool = False
