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
ROUNDS = 10


async def kill(stage: ShopStage) -> None:
    """One service dies, at once or at a point, and is started anew."""
    random = stage.random
    service = random.choice(list(SERVICES))
    await stage.kill(stage.running[service], f"SIGKILL of {service}")
    if random.random() < 1 / 2:
        await _die_at(stage, service, random.choice(INSIDE))
    stage.start(service)
    await asyncio.sleep(random.uniform(0, BREATH_SECONDS))


async def kill_insights(stage: ShopStage) -> None:
    """Insights dies at every point inside a transaction; the ids of its results tell if a window was said twice."""
    for point in stage.random.sample(INSIDE, len(INSIDE)):
        await stage.kill(stage.running["insights"], "SIGKILL of insights")
        await _die_at(stage, "insights", point)
    stage.start("insights")


async def _die_at(stage: ShopStage, service: str, point: str) -> None:
    victim = stage.start(service, fault=f"{point}:{stage.random.randint(1, DEEPEST)}")
    try:
        await victim.ended(DEATH_SECONDS)
        stage.harms[f"SIGKILL at {point} of {service}"] += 1
    except StuckError:
        await stage.kill(victim, f"SIGKILL of {service}")


ALL = (
    Scenario(
        "shop",
        "the whole shop while its workers are killed",
        kill,
        ROUNDS,
        cluster="shop",
        stage=ShopStage,
    ),
    Scenario(
        "insights",
        "insights killed at every kill point: each window's result is said once",
        kill_insights,
        1,
        cluster="insights",
        stage=ShopStage,
    ),
)
