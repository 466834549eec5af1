"""One counting service under test: its topics, its feeder, its workers, and the verdict at the end.

A scenario (see `scenarios/`) does its harm through this. Whatever it does, `finish` lets the service come to rest, ends
its workers in order, and has it judged.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter
from typing import TYPE_CHECKING, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from agents.chaos import counting
from agents.chaos.crew import KILLED, TERMINATED, WORKER, StuckError, Worker, limit
from agents.chaos.feeder import Feeder
from agents.chaos.judge import Verdict, judge
from agents.chaos.plan import Plan
from agents.verify import wait_for_rest
from streams.engine.topics import Plan as TopicPlan
from streams.engine.topics import create

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from random import Random

    from agents.chaos.clusters import Cluster

PARTITIONS = 4
SESSION_SECONDS = 3.0
"""Shorter than the shipped default, so that lost members are lost sooner; everything else is as shipped."""
PROGRESS_SECONDS = 60.0
"""A service that has answered nothing for so long is stuck: no time-out in the system is longer."""
REST_SECONDS = 90.0
POLL_SECONDS = 0.05


class Stage:
    """Use it in an `async with`: whatever happens inside, no process is left behind."""

    def __init__(  # noqa: PLR0913 -- independent choices, the rare ones by name
        self,
        cluster: Cluster,
        name: str,
        folder: Path,
        random: Random,
        *,
        disorderly: bool = False,
        command: Sequence[str] = WORKER,
    ) -> None:
        self.cluster, self.name, self.folder, self.random = cluster, name, folder, random
        self.state = folder / "state"
        self.feeder = Feeder(cluster.bootstrap, counting.inputs(name), random, disorderly=disorderly)
        self.workers: list[Worker] = []
        self.harms: Counter[str] = Counter()
        self.verdict = Verdict()
        self._command, self._starts = command, 0

    async def __aenter__(self) -> Self:
        (self.folder / "logs").mkdir(parents=True)
        self.state.mkdir()
        topics = [TopicPlan(topic(self.name), PARTITIONS, {}) for topic in (counting.inputs, counting.outputs)]
        await create(self.cluster.connection, topics, replication=self.cluster.replication)
        self.feeder.start()
        return self

    async def __aexit__(self, *_reason: object) -> None:
        for worker in self.workers:
            await worker.kill()
        await self.feeder.stop()

    def another(self, folder: Path) -> Stage:
        """A stage of its own, for another counting service on the same Kafka."""
        return Stage(self.cluster, f"{self.name}-other", folder, self.random, command=self._command)

    # -- workers

    def start(self, *, kill: str = "", freeze: str = "", clock: tuple[tuple[float, float], ...] = ()) -> Worker:
        """A new worker of the service; what the arguments mean says `worker.Plan`."""
        self._starts += 1
        plan = Plan(
            self.name,
            self.cluster.bootstrap,
            str(self.state),
            PARTITIONS,
            kill=kill,
            freeze=freeze,
            clock=clock,
            replication=self.cluster.replication,
            session_seconds=SESSION_SECONDS,
        )
        worker = Worker(plan, self.folder / "logs" / f"worker-{self._starts:03}.log", self._command)
        self.workers.append(worker)
        return worker

    async def crew(self, size: int) -> list[Worker]:
        """So many living workers, new ones if need be, and progress by them."""
        living = self.living()
        while len(living) < size:
            living.append(self.start())
        for worker in living[size:]:
            await self.stop(worker)
        await self.progress()
        return living[:size]

    def living(self) -> list[Worker]:
        """Workers whose process has not ended."""
        self.workers = [worker for worker in self.workers if worker.code is None]
        return list(self.workers)

    async def kill(self, worker: Worker, how: str = "SIGKILL") -> None:
        """Kill it now, if it still lives."""
        if await worker.kill() == KILLED:
            self.harms[how] += 1

    async def die(self, worker: Worker, how: str) -> None:
        """Wait until it has killed itself, as planned; another end is a finding."""
        code = await worker.ended()
        self.harms[how] += code == KILLED
        if code != KILLED:
            self.verdict.add("exit", f"{worker.log.name} should have died ({how}) and ended with {code}")

    async def stop(self, worker: Worker) -> None:
        """End it in order; another exit code than 0 is a finding, unless it had not begun to listen to signals."""
        self.harms["SIGTERM"] += 1
        code = await worker.stop()
        if code and not (code == TERMINATED and worker.was_young):
            self.verdict.add("exit", f"{worker.log.name} was asked to end and ended with {code}")

    async def clear(self) -> None:
        """End all that live, in order."""
        for worker in self.living():
            await self.stop(worker)

    # -- how far it is

    async def progress(self, seconds: float = PROGRESS_SECONDS) -> None:
        """Wait until the service has answered something more; a worker that has ended by itself is started anew.

        Raises:
            StuckError: it answers no more.
        """
        async with limit(seconds, f"{self.name} answered nothing"):
            before = await self._answered()
            while await self._answered() <= before:
                self.revive()
                await asyncio.sleep(POLL_SECONDS)

    def revive(self) -> None:
        """As a supervisor would: when nobody lives, start one."""
        if not self.living():
            self.start()

    async def _answered(self) -> int:
        """Stable ends of the outputs, summed; asks until a broker answers."""
        outputs = [TopicPartition(counting.outputs(self.name), partition) for partition in range(PARTITIONS)]
        while True:
            consumer = AIOKafkaConsumer(bootstrap_servers=self.cluster.bootstrap, isolation_level="read_committed")
            try:
                await consumer.start()
                return sum((await consumer.end_offsets(outputs)).values())
            except KafkaError:
                await asyncio.sleep(POLL_SECONDS)
            finally:
                await consumer.stop()

    async def finish(self) -> Verdict:
        """Feed no more, wait for rest, end the workers in order, judge."""
        try:
            await self.feeder.stop()
            await self._rest()
            await self.clear()
        except StuckError as stuck:
            self.verdict.add("stuck", str(stuck))
            for worker in self.living():
                await worker.kill()
        found = await judge(self.cluster.bootstrap, self.name, confirmed=self.feeder.confirmed, state=self.state)
        earlier, self.verdict = self.verdict, found
        return dataclasses.replace(
            found, wrong=earlier.wrong + found.wrong, violations=earlier.violations + found.violations
        )

    async def _rest(self) -> None:
        group = [(self.name, [counting.inputs(self.name)])]
        async with limit(REST_SECONDS, f"{self.name} did not come to rest"):
            while True:
                self.revive()
                if not await wait_for_rest(self.cluster.connection, group, seconds=POLL_SECONDS):
                    return
