"""Measures a running engine from outside: how far its output topic has grown, what CPU and memory its process used.

Engines differ in what they report of themselves, so none is asked: the broker's offsets and `/proc` tell.
"""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import aiokafka
from aiokafka.structs import TopicPartition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

POLL_SECONDS = 0.1
FROM, TO = 0.10, 0.95  # the rate is taken between these shares of the outputs: start and tail are left out
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Sample:
    """At a moment: seconds (monotonic), records appended, CPU seconds used so far, resident MB."""

    at: float
    records: int
    cpu: float
    rss_mb: float


@dataclass(frozen=True)
class Measured:
    """A run: events per second, CPU seconds per million events (both between FROM and TO), peak resident MB."""

    events_per_second: float
    cpu_s_per_million: float
    peak_rss_mb: float


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def rss_mb(pid: int) -> float:
    """Resident set of a process now."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


async def watch(  # noqa: PLR0913 -- what to watch
    bootstrap: str, topic: str, partitions: int, expected: int, pids: Iterable[int], *,
                seconds: float, alive: Callable[[], bool]) -> list[Sample]:  # fmt: skip
    """Sample until `expected` offsets exist in the topic; transaction markers count too, so expect a few more.

    Raises:
        TimeoutError: not reached within `seconds`, or the engine has ended.
    """
    consumer = aiokafka.AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    tps, samples, until = [TopicPartition(topic, p) for p in range(partitions)], [], time.monotonic() + seconds
    try:
        while not samples or samples[-1].records < expected:
            if time.monotonic() > until or not alive():
                raise TimeoutError(f"{samples[-1].records if samples else 0} of {expected} records in {topic}")
            ends = await consumer.end_offsets(tps)
            used = sum(cpu_seconds(pid) for pid in pids), sum(rss_mb(pid) for pid in pids)
            samples.append(Sample(time.monotonic(), sum(ends.values()), *used))
            await asyncio.sleep(POLL_SECONDS)
    finally:
        await consumer.stop()
    return samples


def summarise(samples: list[Sample], expected: int) -> Measured:
    """The rate between FROM and TO of the expected records."""
    first = next(sample for sample in samples if sample.records >= FROM * expected)
    last = next(sample for sample in samples if sample.records >= TO * expected)
    records = max(last.records - first.records, 1)
    seconds = max(last.at - first.at, POLL_SECONDS)
    return Measured(records / seconds, (last.cpu - first.cpu) / records * 1e6, max(s.rss_mb for s in samples))
