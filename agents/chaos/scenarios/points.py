"""SIGKILL at each named point of streams/engine/faults.py, and at any moment whatever."""

from __future__ import annotations

import asyncio
import shutil
from functools import partial
from typing import TYPE_CHECKING

from agents.chaos.scenarios.scenario import Scenario
from streams.engine.faults import POINTS

if TYPE_CHECKING:
    from agents.chaos.counting_stage import CountingStage

INSIDE = tuple(point for point in POINTS if not point.startswith("during"))
"""Points that every transaction visits."""
DEEPEST = 25
"""At most so many transactions before the one in which a worker dies."""
FETCHES = 3
"""A recovery from nothing has at least so many visits of its point: one a partition, and one is spare."""
ROUNDS = 8
LIFE_SECONDS = 4.0
"""Longer than a worker needs to be at work: a kill at any moment of it may hit the start, too."""


async def kill_at(stage: CountingStage, point: str) -> None:
    """One worker dies at the point; whatever was there before has ended."""
    await AROUND.get(point, _inside)(stage, point)


async def _inside(stage: CountingStage, point: str) -> None:
    """Inside a transaction: it comes by itself."""
    await stage.clear()
    victim = stage.start(kill=f"{point}:{stage.random.randint(1, DEEPEST)}")
    await stage.die(victim, f"SIGKILL at {point}")


async def _during_recovery(stage: CountingStage, point: str) -> None:
    """Without its state a worker has everything to recover."""
    await stage.crew(1)
    await stage.clear()
    shutil.rmtree(stage.state / stage.name)
    victim = stage.start(kill=f"{point}:{stage.random.randint(1, FETCHES)}")
    await stage.die(victim, f"SIGKILL at {point}")


async def _during_revocation(stage: CountingStage, point: str) -> None:
    """Another's joining makes it give partitions up."""
    await stage.clear()
    victim = stage.start(kill=f"{point}:1")
    await stage.progress()
    stage.start()
    await stage.die(victim, f"SIGKILL at {point}")


async def _during_shutdown(stage: CountingStage, point: str) -> None:
    await stage.clear()
    victim = stage.start(kill=f"{point}:1")
    await stage.progress()
    victim.terminate()
    await stage.die(victim, f"SIGKILL at {point}")


AROUND = {
    "during-recovery": _during_recovery,
    "during-revocation": _during_revocation,
    "during-shutdown": _during_shutdown,
}


async def kill_at_every_point(stage: CountingStage) -> None:
    """One round kills at each point once, in an order of its own."""
    for point in stage.random.sample(POINTS, len(POINTS)):
        await kill_at(stage, point)


async def kill_at_any_time(stage: CountingStage) -> None:
    """Of two workers, one dies wherever it is."""
    stage.revive()
    stage.start()
    await asyncio.sleep(stage.random.uniform(0, LIFE_SECONDS))
    await stage.kill(stage.random.choice(stage.living()))


ALL = (
    *(
        Scenario(f"kill-{point}", f"SIGKILL at the kill point {point}", partial(kill_at, point=point), ROUNDS)
        for point in POINTS
    ),
    Scenario("kill-every-point", "SIGKILL at every kill point, one after the other", kill_at_every_point, 2),
    Scenario("kill-any-time", "SIGKILL of one of two workers at any moment", kill_at_any_time, 2 * ROUNDS),
)
