"""The wall clock jumps by hours, forwards and backwards, as Python sees it (`worker._set_clock`)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from agents.chaos.scenarios.scenario import Scenario

if TYPE_CHECKING:
    from agents.chaos.counting_stage import CountingStage

LARGEST_JUMP_SECONDS = 3 * 3600
LIFE_SECONDS = 5.0
ROUNDS = 5


async def jump(stage: CountingStage) -> None:
    """A worker whose clock jumps twice while it works, and which then dies."""
    await stage.clear()
    moments = sorted(stage.random.uniform(0, LIFE_SECONDS) for _ in range(2))
    jumps = tuple((moment, stage.random.uniform(-1, 1) * LARGEST_JUMP_SECONDS) for moment in moments)
    worker = stage.start(clock=jumps)
    stage.harms["wall clock jumped"] += len(jumps)
    await asyncio.sleep(LIFE_SECONDS)
    await stage.progress()
    await stage.kill(worker)


ALL = (Scenario("clock-jumps", "the wall clock jumps by up to three hours", jump, ROUNDS),)
