"""What a scenario is: a name, a sentence, and a round of harm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agents.chaos.counting_stage import CountingStage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from agents.chaos.stage import Stage


class NotPossibleError(Exception):
    """This machine does not allow this harm; the message says why. Reported, never passed over."""


@dataclass(frozen=True)
class Scenario:
    """`harm` is awaited once a round, with whatever workers the round before has left.

    `rounds` of a full run; `cluster` by its name in `clusters.py`; `stage`: its kind, which `harm` expects;
    `disorderly`: feed repeated and late numbers.
    """

    name: str
    text: str
    harm: Callable[[Any], Awaitable[None]]
    rounds: int
    cluster: str = "one"
    stage: type[Stage] = CountingStage
    disorderly: bool = False
