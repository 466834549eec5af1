"""One run of one engine: start it on the filled source, watch, read what it put out, stop it, clear up."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.engines.engine import Job
from benchmarks.feeding import fill, make, remove
from benchmarks.keyed_count.workload import PARTITIONS, Checker, Workload
from benchmarks.outputs import read
from benchmarks.probe import Probe, StalledError
from benchmarks.processes import EndedError, Programs
from benchmarks.rates import Rates, rates

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from benchmarks.engines.engine import Engine
    from benchmarks.probe import Sample
    from streams.broker import EmbeddedKafka


@dataclass(frozen=True)
class Run:
    """What one run came to. Figures are missing when there is a problem that kept it from its end."""

    engine: str
    round: int
    workload: Workload
    rates: Rates | None
    problem: str

    @property
    def correct(self) -> bool:
        """Every count exactly once, in order."""
        return not self.problem

    def as_json(self) -> dict[str, Any]:
        """With every figure rounded to what the clock can tell."""
        figures = {} if self.rates is None else {name: round(value, 2) for name, value in vars(self.rates).items()}
        sizes = {"events": self.workload.events, "keys": self.workload.keys, "size": self.workload.size}
        return {
            "engine": self.engine,
            "round": self.round,
            **sizes,
            **figures,
            "correct": self.correct,
            "problem": self.problem,
        }


async def prepare_source(kafka: EmbeddedKafka, workload: Workload) -> None:
    """Fill the workload's topic, unless it is there."""
    if await make(kafka.bootstrap, workload.topic, partitions=PARTITIONS):
        await fill(kafka.bootstrap, workload.topic, workload.records())


async def run(  # noqa: PLR0913 -- independent
    kafka: EmbeddedKafka,
    engine: Engine,
    program: Sequence[str],
    workload: Workload,
    number: int,
    *,
    warm_up_s: float = 0.0,
) -> Run:
    """The run of that number. The source must be filled."""
    try:
        seen = await watch(kafka, engine, program, workload, f"run-{number}-{engine.name}")
    except (EndedError, StalledError) as error:
        return Run(engine.name, number, workload, None, str(error))
    if not any(map(len, seen.offsets)):
        return Run(engine.name, number, workload, None, "nothing that it put out is committed")
    found = rates(seen.samples, seen.offsets, warm_up_s=warm_up_s)
    return Run(engine.name, number, workload, found, seen.problem)


class Seen(NamedTuple):
    """A run from outside: samples all along, the offsets of its outputs by partition, what is wrong with them."""

    samples: Sequence[Sample]
    offsets: Sequence[NDArray[np.int64]]
    problem: str


async def watch(kafka: EmbeddedKafka, engine: Engine, program: Sequence[str], workload: Workload, name: str) -> Seen:
    """Run an engine on the filled source, under a name that nothing else has, until all is counted.

    Raises:
        EndedError: the engine has ended before that.
        StalledError: it came no further.
    """
    checker = Checker()
    with tempfile.TemporaryDirectory(prefix="millrace-bench-", ignore_cleanup_errors=True) as folder:
        job = Job(kafka.bootstrap, name, workload.topic, f"{name}.counts", Path(folder) / "state")
        await make(kafka.bootstrap, job.output, partitions=PARTITIONS)
        programs = Programs(engine.commands(program, job), Path(folder) / "log")
        try:
            async with Probe(kafka.bootstrap, job.output, PARTITIONS, programs.pids, lambda: kafka.pids) as probe:
                with programs:
                    await probe.reached(workload.events, programs.check)
                    offsets = await read(kafka.bootstrap, job.output, PARTITIONS, workload.events, checker.take)
                    await probe.caught_up()
        except StalledError as error:
            raise StalledError(f"{error}: {programs.last_words()}") from error
        finally:
            await remove(kafka.bootstrap, name)
    return Seen(probe.samples, offsets, checker.problem(workload))
