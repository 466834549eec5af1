"""The broker of a driven world: a clock, and topics as lists."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

START_MS = 1_700_000_000_000  # where the wall clock begins unless told otherwise


@dataclass
class Clock:
    """The wall clock of a driven world."""

    now_ms: int = START_MS

    def advance(self, seconds: float) -> None:
        self.now_ms += int(seconds * 1000)


class LogRecord(NamedTuple):
    """A record of the driver's log: what a topic's `read` is given."""

    sequence: int  # over all topics, in order of append
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


Waiting = tuple[Any, bytes | None, bytes | None]  # rank, key, value


class Partition:
    """One partition of a topic: the records that are kept, and how many there were before them."""

    __slots__ = ("first", "records", "waiting")

    def __init__(self, first: int = 0) -> None:
        self.first = first  # offset of the first record that is kept
        self.records: list[LogRecord] = []
        self.waiting: list[Waiting] = []  # appended with a rank, and without a place yet


class Log:
    """All topics, in memory."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._sequence = clock, 0
        self.counts: dict[str, int] = {}
        self._partitions: defaultdict[tuple[str, int], Partition] = defaultdict(Partition)

    def append(
        self, topic: str, partition: int, key: bytes | None, value: bytes | None,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> None:  # fmt: skip
        self._place(self._partitions[topic, partition], key, value, headers)

    def append_ranked(self, topic: str, partition: int, rank: Any, key: bytes | None, value: bytes | None) -> None:
        """Append a record that takes its place, by rank, among those that wait with it, when someone reads."""
        self._partitions[topic, partition].waiting.append((rank, key, value))

    def partition(self, topic: str, partition: int) -> list[LogRecord]:
        """What is kept of a partition."""
        return self._settled(topic, partition).records

    def end(self, topic: str, partition: int) -> int:
        """The next offset."""
        found = self._settled(topic, partition)
        return found.first + len(found.records)

    def slice(self, topic: str, partition: int, offset: int, limit: int | None = None) -> list[LogRecord]:
        """Up to `limit` records from an offset on."""
        found = self._settled(topic, partition)
        start = offset - found.first
        assert start >= 0, f"{topic}/{partition}/{offset} is forgotten"
        return found.records[start : None if limit is None else start + limit]

    def forget(self, topic: str, partition: int, before: int) -> None:
        """Let go of the records below an offset."""
        found = self._settled(topic, partition)
        if before > found.first:
            del found.records[: before - found.first]
            found.first = before

    def records(self, topic: str) -> list[tuple[int, LogRecord]]:
        """All records that are kept with their partitions, in order of append."""
        count = self.counts.get(topic, 1)
        found = [(partition, record) for partition in range(count) for record in self.partition(topic, partition)]
        return sorted(found, key=lambda item: item[1].sequence)

    def ends(self) -> list[tuple[str, int, int]]:
        """Topic, partition and next offset of all that was ever written to."""
        return [(topic, partition, self.end(topic, partition)) for topic, partition in list(self._partitions)]

    def begin_at(self, ends: Sequence[tuple[str, int, int]]) -> None:
        """Go on where another log ended, of which nothing is kept."""
        self._partitions.update({(topic, partition): Partition(end) for topic, partition, end in ends})

    def _settled(self, topic: str, partition: int) -> Partition:
        found = self._partitions[topic, partition]
        if found.waiting:
            for _, key, value in sorted(found.waiting, key=itemgetter(0)):
                self._place(found, key, value, ())
            found.waiting.clear()
        return found

    def _place(
        self, at: Partition, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]]
    ) -> None:
        offset = at.first + len(at.records)
        at.records.append(LogRecord(self._sequence, offset, self._clock.now_ms, key, value, headers))
        self._sequence += 1
