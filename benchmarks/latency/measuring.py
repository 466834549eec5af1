"""One engine at one rate after the other, on an empty topic, without a restart between the rates."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.engines.engine import Job
from benchmarks.feeding import make, remove
from benchmarks.keyed_count.workload import PARTITIONS, Workload
from benchmarks.latency.load import Load
from benchmarks.processes import EndedError, Programs, cpu_seconds, rss_mb

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from benchmarks.engines.engine import Engine
    from streams.broker import EmbeddedKafka

QUANTILES = {"p50_ms": 0.5, "p99_ms": 0.99, "p999_ms": 0.999}
START_RATE, START_ORDERS_SECONDS = 100.0, 1.0
"""Before the first rate: the engine has begun when these few orders are counted."""
SETTLE_SECONDS = 5.0
"""At each rate, before it counts: just-in-time compilers and chunk sizes find their way."""


@dataclass(frozen=True)
class Steps:
    """Args:
    rates: orders per second, one after the other.
    seconds: of each rate, that count.
    keys: products.
    """

    rates: Sequence[float]
    seconds: float
    keys: int

    @property
    def workload(self) -> Workload:
        """With room for all orders of all rates."""
        orders = sum(rate * (self.seconds + SETTLE_SECONDS) for rate in self.rates)
        return Workload(int(orders + START_RATE * START_ORDERS_SECONDS) + 1, self.keys)


async def measure(
    kafka: EmbeddedKafka, engine: Engine, program: Sequence[str], steps: Steps, number: int
) -> AsyncIterator[dict[str, Any]]:
    """The figures of each rate, in the run of that number."""
    name = f"latency-{number}-{engine.name}"
    who = {"engine": engine.name, "round": number}
    with tempfile.TemporaryDirectory(prefix="millrace-bench-", ignore_cleanup_errors=True) as folder:
        job = Job(kafka.bootstrap, name, f"{name}.orders", f"{name}.counts", Path(folder) / "state")
        await make(kafka.bootstrap, job.source, job.output, partitions=PARTITIONS)
        programs = Programs(engine.commands(program, job), Path(folder) / "log")
        try:
            with programs:
                async with Load(kafka.bootstrap, job.source, job.output, steps.workload) as load:
                    await load.run(START_RATE, START_ORDERS_SECONDS)
                    if not await load.drained():
                        raise EndedError(f"nothing came: {programs.last_words()}")
                    for rate in steps.rates:
                        programs.check()
                        yield {**who, "rate": rate, **await _at(rate, load, programs, kafka, steps.seconds)}
        finally:
            await remove(kafka.bootstrap, name)


async def _at(rate: float, load: Load, programs: Programs, kafka: EmbeddedKafka, seconds: float) -> dict[str, Any]:
    await load.run(rate, SETTLE_SECONDS)
    began, engine, broker = time.monotonic(), cpu_seconds(programs.pids()), cpu_seconds(kafka.pids)
    orders = await load.run(rate, seconds)
    passed = time.monotonic() - began
    cores = (cpu_seconds(programs.pids()) - engine) / passed, (cpu_seconds(kafka.pids) - broker) / passed
    complete = await load.drained()
    waits = load.latencies(orders) * 1e3
    quantiles = np.quantile(waits, list(QUANTILES.values())) if len(waits) else np.full(len(QUANTILES), np.inf)
    return {
        "sent_per_second": round(len(orders) / passed, 1),
        **{name: round(float(value), 2) for name, value in zip(QUANTILES, quantiles, strict=True)},
        "engine_cores": round(cores[0], 3),
        "broker_cores": round(cores[1], 3),
        "rss_mb": round(rss_mb(programs.pids()), 1),
        "correct": complete,
    }
