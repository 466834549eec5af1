"""The broker of a driven world: a clock, and topics as lists."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

START_MS = 1_700_000_000_000  # where the wall clock begins unless told otherwise


@dataclass
class Clock:
    """The wall clock of a driven world."""

    now_ms: int = START_MS

    def advance(self, seconds: float) -> None:
        self.now_ms += int(seconds * 1000)


@dataclass(frozen=True)
class LogRecord:
    """A record of the driver's log: what a topic's `read` is given."""

    sequence: int  # over all topics, in order of append
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


class Log:
    """All topics, in memory."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._sequence = clock, 0
        self.counts: dict[str, int] = {}
        self._partitions: defaultdict[tuple[str, int], list[LogRecord]] = defaultdict(list)

    def append(
        self, topic: str, partition: int, key: bytes | None, value: bytes | None,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> None:  # fmt: skip
        records = self._partitions[topic, partition]
        records.append(LogRecord(self._sequence, len(records), self._clock.now_ms, key, value, headers))
        self._sequence += 1

    def partition(self, topic: str, partition: int) -> list[LogRecord]:
        return self._partitions[topic, partition]

    def records(self, topic: str) -> list[tuple[int, LogRecord]]:
        """All records with their partitions, in order of append."""
        count = self.counts.get(topic, 1)
        found = [(partition, record) for partition in range(count) for record in self.partition(topic, partition)]
        return sorted(found, key=lambda item: item[1].sequence)
