"""How fast a worker without its disk gets a changelog back: records per second, in one process.

    python -m benchmarks.recovery [--records 2000000] [--value-bytes 100] [--runs 3]

The changelog of a counting service (agents/chaos/counting.py) is filled by a plain producer; a worker with an empty
state directory is started, and its own log says how many records it recovered in which time. From the start of the
process to its first chunk is told beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from agents.chaos import counting
from agents.chaos.crew import WORKER, Worker, until
from agents.chaos.plan import Plan
from benchmarks.feeding import fill, make
from streams.broker import EmbeddedKafka

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME, PARTITIONS = "recovery", 4
SECONDS = 300.0
"""For a run; far more than it may take."""
DONE = re.compile(rb"recovered (\d+) changelog records in ([\d.]+) s")


class Recovered(NamedTuple):
    """Records, the seconds that their recovery took, and those from the start of the process to its end."""

    records: int
    seconds: float
    since_start: float


def rows(count: int, value_bytes: int) -> Iterator[tuple[int, bytes, bytes]]:
    """Rows of a table, each key once."""
    value = msgspec.json.encode("v" * (value_bytes - 2))
    for n in range(count):
        yield n % PARTITIONS, b"totals/key-%d" % n, value


async def run(bootstrap: str) -> Recovered:
    """One recovery from nothing."""
    with tempfile.TemporaryDirectory() as folder:
        plan = Plan(NAME, bootstrap, folder, PARTITIONS)
        log, began = Path(folder) / "worker.log", time.monotonic()
        worker = Worker([*WORKER, msgspec.json.encode(plan).decode()], log)
        try:
            await until(lambda: DONE.search(log.read_bytes()) is not None, SECONDS, "the changelog was not recovered")
            since_start = time.monotonic() - began
        finally:
            await worker.stop()
        found = DONE.search(log.read_bytes())
        assert found is not None
        return Recovered(int(found[1]), float(found[2]), since_start)


async def measure(records: int, value_bytes: int, runs: int) -> None:
    with EmbeddedKafka() as kafka:
        await make(kafka.bootstrap, counting.inputs(NAME), counting.changelog(NAME), partitions=PARTITIONS)
        await fill(kafka.bootstrap, counting.changelog(NAME), rows(records, value_bytes))
        for _ in range(runs):
            found = await run(kafka.bootstrap)
            print(
                f"{found.records:,} records in {found.seconds:.1f} s: {found.records / found.seconds:,.0f}/s; "
                f"{found.since_start:.1f} s from the start of the process"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=2_000_000)
    parser.add_argument("--value-bytes", type=int, default=100)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    asyncio.run(measure(options.records, options.value_bytes, options.runs))


if __name__ == "__main__":
    main()
