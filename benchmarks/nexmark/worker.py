"""One worker process of a query, which tells how it got on: a line of JSON when it has read all.

    python -m benchmarks.nexmark.worker QUERY BOOTSTRAP STATE EVENTS

It is the engine's own worker; only the sampling is added. The rate is that between 10 % and 95 % of the events, so that
neither start nor end counts; CPU is the process's own, over the same part.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.nexmark.queries import QUERIES
from benchmarks.nexmark.service import build
from streams.engine.config import EngineConfig
from streams.engine.worker import run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from streams.engine.app import ServiceApp

POLL_SECONDS = 0.05
FROM, TO = 0.1, 0.95


class Sample(NamedTuple):
    """Events committed, seconds of the monotonic clock, CPU seconds."""

    events: int
    at: float
    cpu: float


class Sampler:
    """Looks at a worker all along, and speaks once it has committed so many events."""

    def __init__(self, expected: int) -> None:
        self._expected = expected
        self._samples: list[Sample] = []

    @contextlib.asynccontextmanager
    async def __call__(self, app: ServiceApp) -> AsyncIterator[None]:
        watching = asyncio.create_task(self._watch(app))
        try:
            yield
        finally:
            watching.cancel()

    async def _watch(self, app: ServiceApp) -> None:
        while not self._samples or self._samples[-1].events < self._expected:
            await asyncio.sleep(POLL_SECONDS)
            if hasattr(app, "committer"):
                events = app.committer.committed_records
                self._samples.append(Sample(events, time.monotonic(), time.process_time()))
        print(json.dumps(summarise(self._samples, self._expected)), flush=True)


def summarise(samples: Sequence[Sample], expected: int) -> dict[str, float]:
    """Events per second, CPU seconds per million events, peak resident MB."""
    first = next(sample for sample in samples if sample.events >= FROM * expected)
    last = next(sample for sample in samples if sample.events >= TO * expected)
    done = last.events - first.events
    return {
        "events_per_second": done / (last.at - first.at),
        "cpu_s_per_million": (last.cpu - first.cpu) * 1e6 / done,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    query, bootstrap, state, expected = sys.argv[1:]
    config = EngineConfig(connection={"bootstrap_servers": bootstrap}, state=Path(state))
    sys.exit(asyncio.run(run(build(QUERIES[int(query)]), config, around=Sampler(int(expected)))))


if __name__ == "__main__":
    main()
