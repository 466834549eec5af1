"""The whole shop while its workers are killed, at points and at any moment. Judged by its own invariants."""

from __future__ import annotations

import asyncio

from agents.chaos.crew import StuckError
from agents.chaos.scenarios.points import INSIDE
from agents.chaos.scenarios.scenario import Scenario
from agents.chaos.shop_stage import ShopStage
from agents.services import SERVICES

DEEPEST = 40
"""Transactions of a service before the one in which it dies."""
DEATH_SECONDS = 30.0
"""A service with little to do may not reach its point; then it dies where it is."""
BREATH_SECONDS = 3.0
ROUNDS = 16


async def kill(stage: ShopStage) -> None:
    """One service dies, at once or at a point, and is started anew."""
    random = stage.random
    service = random.choice(list(SERVICES))
    await stage.kill(stage.running[service], f"SIGKILL of {service}")
    if random.random() < 1 / 2:
        point = random.choice(INSIDE)
        victim = stage.start(service, fault=f"{point}:{random.randint(1, DEEPEST)}")
        try:
            await victim.ended(DEATH_SECONDS)
            stage.harms[f"SIGKILL at {point} of {service}"] += 1
        except StuckError:
            await stage.kill(victim, f"SIGKILL of {service}")
    stage.start(service)
    await asyncio.sleep(random.uniform(0, BREATH_SECONDS))


ALL = (
    Scenario(
        "shop",
        "the whole shop while its workers are killed",
        kill,
        ROUNDS,
        cluster="shop",
        stage=ShopStage,
    ),
)
