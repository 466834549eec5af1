"""The counting service on a stage: its topics, its feeder, its workers, its judge."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, Self

import msgspec

from agents.chaos import counting
from agents.chaos.crew import limit
from agents.chaos.feeder import Feeder
from agents.chaos.judge import judge
from agents.chaos.plan import Plan
from agents.chaos.stage import POLL_SECONDS, Stage
from streams.engine.topics import Plan as TopicPlan
from streams.engine.topics import create

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from agents.chaos.crew import Worker
    from agents.chaos.stage import Trial
    from agents.chaos.verdict import Verdict

PARTITIONS = 4
SESSION_SECONDS = 3.0
"""Shorter than the shipped default, so that lost members are lost sooner; everything else is as shipped."""
PROGRESS_SECONDS = 60.0
"""A service that has answered nothing for so long is stuck: no time-out in the system is longer."""
REST_SECONDS = 90.0


class CountingStage(Stage):
    """One counting service, named as its trial, fed from beginning to end."""

    def __init__(self, trial: Trial) -> None:
        super().__init__(trial)
        self.feeder = Feeder(
            trial.cluster.bootstrap, counting.inputs(trial.name), trial.random, disorderly=trial.disorderly
        )

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        topics = [TopicPlan(topic(self.name), PARTITIONS, {}) for topic in (counting.inputs, counting.outputs)]
        await create(self.cluster.connection, topics, replication=self.cluster.replication)
        self.feeder.start()
        return self

    async def __aexit__(self, *reason: object) -> None:
        await super().__aexit__(*reason)
        await self.feeder.stop()

    @property
    def groups(self) -> Sequence[tuple[str, Sequence[str]]]:
        return [(self.name, [counting.inputs(self.name)])]

    @property
    def topics(self) -> Sequence[str]:
        return [topic(self.name) for topic in (counting.inputs, counting.outputs, counting.changelog)]

    async def warm_up(self) -> None:
        await self.crew(1)

    async def settle(self) -> None:
        await self.feeder.stop()
        async with limit(REST_SECONDS, f"{self.name} did not come to rest"):
            while not await self.at_rest():
                self.revive()

    async def judge(self) -> Verdict:
        return await judge(self.cluster.bootstrap, self.name, confirmed=self.feeder.confirmed, state=self.state)

    def another(self, folder: Path) -> CountingStage:
        """A stage of its own, for another counting service on the same Kafka."""
        return CountingStage(dataclasses.replace(self.trial, name=f"{self.name}-other", folder=folder))

    def start(
        self, *, kill: str = "", freeze: str = "", standbys: int = 0, clock: tuple[tuple[float, float], ...] = ()
    ) -> Worker:
        """A new worker of the service; what the arguments mean says `Plan`."""
        plan = Plan(
            self.name,
            self.cluster.bootstrap,
            str(self.state),
            PARTITIONS,
            kill=kill,
            freeze=freeze,
            standbys=standbys,
            clock=clock,
            replication=self.cluster.replication,
            session_seconds=SESSION_SECONDS,
        )
        worker = self.launch("worker", [*self.trial.command, msgspec.json.encode(plan).decode()])
        self.workers.append(worker)
        return worker

    async def crew(self, size: int, *, standbys: int = 0) -> list[Worker]:
        """So many living workers, new ones if need be, and progress by them."""
        living = self.living()
        while len(living) < size:
            living.append(self.start(standbys=standbys))
        for worker in living[size:]:
            await self.stop(worker)
        await self.progress()
        return living[:size]

    def revive(self) -> None:
        """As a supervisor would: when nobody lives, start one."""
        if not self.living():
            self.start()

    async def progress(self, seconds: float = PROGRESS_SECONDS) -> None:
        """Wait until the service has answered something new; a worker that has ended by itself is started anew.

        What a dead worker left open is not new: it ends in a marker in each partition.

        Raises:
            StuckError: it answers no more.
        """
        outputs = counting.outputs(self.name)
        async with limit(seconds, f"{self.name} answered nothing"):
            left = await self.written_end(outputs) + PARTITIONS
            while await self.stable_end(outputs) <= left:
                self.revive()
                await asyncio.sleep(POLL_SECONDS)
