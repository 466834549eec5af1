"""A slow broker: answers take their time, stall, and sometimes never come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.chaos.line import worsen
from agents.chaos.scenarios.scenario import Scenario

if TYPE_CHECKING:
    from agents.chaos.counting_stage import CountingStage

LONGEST_STALL_SECONDS = 7.0
"""Beyond a request's time-out and the session's."""
ROUNDS = 8


async def slow(stage: CountingStage) -> None:
    """A new delay, and one of: a stall, a cut, a kill."""
    line, random = stage.cluster.line, stage.random
    assert line is not None
    await stage.crew(2)
    worsen(line, random)
    deed = random.choice(("stall", "cut", "kill"))
    if deed == "stall":
        await line.stall(random.uniform(0, LONGEST_STALL_SECONDS))
        stage.harms["line stalled"] += 1
    elif deed == "cut":
        line.cut()
        stage.harms["line cut"] += 1
    else:
        await stage.kill(random.choice(stage.living()), "SIGKILL behind a slow line")
    await stage.progress()
    line.delay_seconds = 0.0


ALL = (Scenario("slow-broker", "the broker is slow, stalls, and connections break", slow, ROUNDS, cluster="line"),)
