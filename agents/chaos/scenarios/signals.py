"""SIGSTOP until the group has given a worker up, then SIGCONT; and SIGTERM."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from agents.chaos.scenarios.points import DEEPEST, INSIDE
from agents.chaos.scenarios.scenario import Scenario

if TYPE_CHECKING:
    from agents.chaos.counting_stage import CountingStage

AWAKE_SECONDS = 2.0
"""Time enough for a zombie to do harm, if nothing stops it."""
LIFE_SECONDS = 3.0
ROUNDS = 8


async def zombie(stage: CountingStage) -> None:
    """A worker freezes inside a transaction, another takes over, the first wakes and goes on."""
    await stage.clear()
    victim = stage.start(freeze=f"{stage.random.choice(INSIDE)}:{stage.random.randint(1, DEEPEST)}")
    await victim.freezes()
    stage.harms["SIGSTOP past the session time-out"] += 1
    heir = stage.start()
    await stage.progress()
    victim.send(signal.SIGCONT)
    await asyncio.sleep(AWAKE_SECONDS)
    await stage.progress()
    await stage.stop(heir)
    await stage.progress()


async def terminate(stage: CountingStage) -> None:
    """An orderly end at any moment, the start included."""
    stage.revive()
    await asyncio.sleep(stage.random.uniform(0, LIFE_SECONDS))
    await stage.stop(stage.random.choice(stage.living()))


ALL = (
    Scenario("zombie", "SIGSTOP past the session time-out, then SIGCONT", zombie, ROUNDS),
    Scenario("sigterm", "SIGTERM at any moment", terminate, ROUNDS),
)
