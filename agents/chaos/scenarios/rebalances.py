"""SIGKILL while the group rebalances, because a worker joins, leaves, or both at once; and a restless crowd."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from agents.chaos.scenarios.scenario import Scenario

if TYPE_CHECKING:
    from agents.chaos.counting_stage import CountingStage
    from agents.chaos.crew import Worker

REBALANCE_SECONDS = 0.5
"""About as long as a rebalance and the recovery after it take; a kill falls somewhere within."""
LARGEST_CROWD = 4
ROUNDS = 8


async def join(stage: CountingStage) -> None:
    """A second worker joins; one of the two dies meanwhile."""
    first, *_ = await stage.crew(1)
    second = stage.start()
    await second.joins()
    await _kill_one(stage, first, second, how="SIGKILL while one joins")


async def leave(stage: CountingStage) -> None:
    """One of two leaves in order; one of the two dies meanwhile."""
    stays, leaves = await stage.crew(2)
    leaves.terminate()
    await _kill_one(stage, stays, leaves, how="SIGKILL while one leaves")
    await leaves.ended()


async def both(stage: CountingStage) -> None:
    """One of two leaves as a third joins; one of the three dies meanwhile."""
    stays, leaves = await stage.crew(2)
    joins = stage.start()
    await joins.joins()
    leaves.terminate()
    await _kill_one(stage, stays, leaves, joins, how="SIGKILL while one joins and one leaves")
    await leaves.ended()


async def crowd(stage: CountingStage) -> None:
    """One joins, leaves or dies; nobody waits until the group has found its order."""
    living = stage.living()
    deed = stage.random.choice(("join", "leave", "die"))
    if len(living) < 2 or (deed == "join" and len(living) < LARGEST_CROWD):
        stage.start()
    elif deed == "die":
        await stage.kill(stage.random.choice(living), "SIGKILL in a crowd")
    else:
        await stage.stop(stage.random.choice(living))
    await asyncio.sleep(stage.random.uniform(0, 4 * REBALANCE_SECONDS))
    if stage.random.random() < 1 / 4:
        await stage.progress()


async def promote(stage: CountingStage) -> None:
    """Each partition has a warm copy on the other of two workers; one dies, and the copies become what is worked on."""
    workers = await stage.crew(2, standbys=1)
    await stage.kill(stage.random.choice(workers), "SIGKILL of a worker with standbys")
    await stage.progress()
    stage.start(standbys=1)
    await asyncio.sleep(stage.random.uniform(0, 8 * REBALANCE_SECONDS))


async def _kill_one(stage: CountingStage, *workers: Worker, how: str) -> None:
    await asyncio.sleep(stage.random.uniform(0, REBALANCE_SECONDS))
    await stage.kill(stage.random.choice(workers), how)


ALL = (
    Scenario("rebalance-join", "SIGKILL while a worker joins", join, ROUNDS),
    Scenario("rebalance-leave", "SIGKILL while a worker leaves", leave, ROUNDS),
    Scenario("rebalance-both", "SIGKILL while one worker joins and one leaves", both, ROUNDS),
    Scenario("standby-promoted", "a worker dies whose partitions have warm copies elsewhere", promote, ROUNDS),
    Scenario("crowd", "two to four workers join, leave and die under load", crowd, 4 * ROUNDS),
)
