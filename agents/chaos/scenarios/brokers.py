"""Kafka itself is restarted or killed: the only broker, or one of three that hold a copy of everything."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from agents.chaos.scenarios.scenario import Scenario

if TYPE_CHECKING:
    from agents.chaos.counting_stage import CountingStage

AWAY_SECONDS = 4.0
"""At most so long a broker stays away."""
ROUNDS = 5


async def restart(stage: CountingStage) -> None:
    """The only broker is stopped in order, and comes back."""
    await stage.crew(2)
    node = stage.cluster.kafka.node(1)
    await asyncio.to_thread(node.stop)
    stage.harms["broker restarted"] += 1
    await _away(stage)
    await asyncio.to_thread(node.start)
    await stage.progress()


async def kill(stage: CountingStage) -> None:
    """The only broker is killed, and comes back."""
    await stage.crew(2)
    node = stage.cluster.kafka.node(1)
    await asyncio.to_thread(node.kill)
    stage.harms["broker killed"] += 1
    await _away(stage)
    await asyncio.to_thread(node.start)
    await stage.progress()


async def kill_one_of_three(stage: CountingStage) -> None:
    """One of three brokers is killed; work goes on without it, and after it has come back."""
    await stage.crew(2)
    node = stage.random.choice(stage.cluster.kafka.nodes)
    await asyncio.to_thread(node.kill)
    stage.harms["one broker of three killed"] += 1
    await stage.progress()
    await asyncio.to_thread(node.start)
    await stage.progress()


async def _away(stage: CountingStage) -> None:
    await asyncio.sleep(stage.random.uniform(0, AWAY_SECONDS))


ALL = (
    Scenario("broker-restarted", "the only broker stops in order and comes back", restart, ROUNDS),
    Scenario("broker-killed", "the only broker is killed and comes back", kill, ROUNDS),
    Scenario("one-of-three-killed", "one of three brokers is killed", kill_one_of_three, ROUNDS, cluster="three"),
)
