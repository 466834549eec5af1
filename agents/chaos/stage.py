"""What a scenario does its harm on: processes of some service over a Kafka, a tally of harms, and a verdict at the end.

`counting_stage.py` has the counting service on it, `shop.py` the whole shop.
"""

from __future__ import annotations

import asyncio
import dataclasses
from abc import ABC, abstractmethod
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from aiokafka.errors import KafkaError

from agents.chaos.crew import KILLED, TERMINATED, WORKER, StuckError, Worker
from agents.chaos.verdict import Verdict
from agents.verify import BrokerUnreachableError, lags
from agents.verify.reader import ends, partitions, reader

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from random import Random

    from agents.chaos.clusters import Cluster

POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Trial:
    """One run of a scenario: where, under which name, and what decides.

    `folder` for state and logs, which must not exist; `random` for every choice; `disorderly`: feed repeated and late
    events; `command`: what runs a worker of the counting service, given its plan.
    """

    cluster: Cluster
    name: str
    folder: Path
    random: Random
    disorderly: bool = False
    command: Sequence[str] = WORKER


class Stage(ABC):
    """Use it in an `async with`: whatever happens inside, no process is left behind."""

    def __init__(self, trial: Trial) -> None:
        self.trial, self.cluster, self.random = trial, trial.cluster, trial.random
        self.name, self.folder = trial.name, trial.folder
        self.state = trial.folder / "state"
        self.workers: list[Worker] = []
        self.harms: Counter[str] = Counter()
        self.surprises: Counter[str] = Counter()  # allowed, for a supervisor starts such a worker anew; but told
        self.verdict = Verdict()
        self._starts = 0

    async def __aenter__(self) -> Self:
        (self.folder / "logs").mkdir(parents=True)
        self.state.mkdir()
        return self

    async def __aexit__(self, *_reason: object) -> None:
        for worker in self.workers:
            await worker.kill()

    @property
    @abstractmethod
    def groups(self) -> Sequence[tuple[str, Sequence[str]]]:
        """Consumer groups and the topics that they read: at rest when they have read everything."""

    @property
    @abstractmethod
    def topics(self) -> Sequence[str]:
        """What is kept as evidence of a failure."""

    @abstractmethod
    async def warm_up(self) -> None:
        """Before the first harm: until the first effects are there. Raises StuckError."""

    @abstractmethod
    async def settle(self) -> None:
        """After the last harm: until everything is answered. Raises StuckError."""

    @abstractmethod
    async def judge(self) -> Verdict:
        """What the topics say, once every worker has ended."""

    async def finish(self) -> Verdict:
        """Come to rest, end the workers in order, judge."""
        try:
            await self.settle()
            await self.clear()
        except StuckError as stuck:
            self.verdict.add("stuck", str(stuck))
        for worker in self.living():
            await worker.kill()
        found = await self.judge()
        return dataclasses.replace(
            found,
            wrong=self.verdict.wrong + found.wrong,
            violations=self.verdict.violations + found.violations,
        )

    # -- workers

    def launch(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> Worker:
        """A new process, whose log has its name and the number of its start."""
        self._starts += 1
        return Worker(command, self.folder / "logs" / f"{self._starts:03}-{name}.log", environment)

    def living(self) -> list[Worker]:
        """Workers whose process has not ended; the ends that nobody planned are counted."""
        for worker in self.workers:
            if worker.code is not None and not worker.was_awaited:
                self.surprises[f"a worker ended by itself with {worker.code}"] += 1
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

    async def stable_end(self, topic: str) -> int:
        """The ends of what is committed of a topic, summed over its partitions; waits until a broker answers."""
        return await self._end(topic, "read_committed")

    async def written_end(self, topic: str) -> int:
        """The same of what is written, open transactions and all."""
        return await self._end(topic, "read_uncommitted")

    async def _end(self, topic: str, isolation: str) -> int:
        while True:
            with suppress(KafkaError, BrokerUnreachableError):
                found = (await partitions(self.cluster.connection)).get(topic, ())
                async with reader(self.cluster.connection, isolation) as consumer:
                    return sum((await ends(consumer, found)).values())
            await asyncio.sleep(POLL_SECONDS)

    async def at_rest(self) -> bool:
        """True when every group has read all that there is; False also when no broker answers."""
        with suppress(BrokerUnreachableError):
            return not await lags(self.cluster.connection, self.groups)
        await asyncio.sleep(POLL_SECONDS)
        return False
