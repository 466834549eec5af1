"""Random histories for windows, how the windows live through them, and the brute-force watermark of each event.

A history is decoded from bytes, which hypothesis draws fast and shrinks well. It has disorder within and beyond the
bound, repeated events, gaps, sources that fall silent, chunks that end anywhere, and workers that lose and regain
partitions.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from streams.windows import (
    BEGINNING,
    END,
    Aggregation,
    Bounds,
    Highs,
    Late,
    MemoryRows,
    Result,
    Watermarks,
    Windowed,
)
from streams.windows.keeper import Kind

SOURCES = ("orders", "payments")
KEYS = ("a", "", "ab")
IDLE_MS = 1000


class Collect(Aggregation[int, tuple[int, ...], list[int]]):
    """All the values, so that a result shows which events it holds."""

    accumulator = tuple[int, ...]

    def initialize(self) -> tuple[int, ...]:
        return ()

    def add(self, accumulator: tuple[int, ...], value: int) -> tuple[int, ...]:
        return tuple(sorted((*accumulator, value)))

    def merge(self, left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(sorted(left + right))

    def result(self, accumulator: tuple[int, ...]) -> list[int]:
        return list(accumulator)


@dataclass(frozen=True)
class Moment:
    """An event with the watermark in force before it."""

    time: int
    key: str
    value: int
    source: str
    partition: int
    watermark: int


@dataclass
class History:
    """What happens, in order: ("event", Moment), ("chunk", partition), ("restart", partition), ("silence", None)."""

    take: Callable[[int], int]
    steps: list[tuple[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        take = self.take
        self.disorder, self.grace, self.partitions = take(12), take(10), 1 + take(3)
        self.early = (None, 0, 1 + take(9))[take(3)]
        self.retention = take(2) * take(30)

    @property
    def moments(self) -> list[Moment]:
        return [what for name, what in self.steps if name == "event"]


def decode(data: bytes, reach: int = 48) -> History:
    """The history that the bytes stand for; events come up to `reach` milliseconds after their time's turn."""
    stream = iter(data)
    history = History(lambda n: next(stream, 0) % n)
    marks = [BruteForceWatermark(history.disorder) for _ in range(history.partitions)]
    now, last = 1000, (1000, "a")
    for what, pace, lag in zip(stream, stream, stream, strict=False):
        partition = what // 8 % history.partitions
        if what % 8 == 0:
            history.steps.append((("chunk", "restart")[pace % 2], partition))
            if pace % 2:
                marks[partition].restart()
        elif what % 32 == 1:
            history.steps.append(("silence", None))
            for mark in marks:
                mark.silence()
        else:
            now += 60 if pace > 240 else pace % 8
            last = last if lag > 240 else (now - lag % reach, KEYS[what // 8 % len(KEYS)])
            time, key = last
            partition, source = KEYS.index(key) % history.partitions, SOURCES[what // 128]
            moment = Moment(time, key, len(history.steps), source, partition, marks[partition].current)
            marks[partition].event(source, time)
            history.steps.append(("event", moment))
    return history


class BruteForceWatermark:
    """The rule of watermarks as one would say it: the lowest high of the sources that are not idle, less the bound."""

    def __init__(self, disorder: int) -> None:
        self.disorder, self.current = disorder, BEGINNING
        self.times: dict[str, list[int]] = {source: [] for source in SOURCES}
        self.idle: set[str] = set()

    def event(self, source: str, time: int) -> None:
        self.times[source].append(time)
        self.idle.discard(source)
        active = [times for source, times in self.times.items() if source not in self.idle]
        if all(active):
            self._reach(min(max(times) for times in active))

    def silence(self) -> None:
        self.idle = set(SOURCES)
        self._reach(max((max(times) for times in self.times.values() if times), default=BEGINNING))

    def restart(self) -> None:
        self.idle = set()

    def _reach(self, high: int) -> None:
        self.current = max(self.current, high - self.disorder)


class Task:
    """One partition's work: rows and watermarks, a chunk that fills, and what was said."""

    def __init__(self, kind: Kind, history: History) -> None:
        self.kind, self.history, self.now = kind, history, 0
        self.rows: MemoryRows[Any] = MemoryRows()
        self.said: list[Result | Late] = []
        self.chunk: list[Moment] = []
        self.restart(Highs(BEGINNING, {}))

    def restart(self, state: Highs) -> None:
        """Go on elsewhere, with nothing but what was stored."""
        history = self.history
        self.windowed = Windowed(
            self.kind, Collect(), grace_ms=history.grace, early_ms=history.early, retention_ms=history.retention
        )
        decoder = msgspec.json.Decoder(self.windowed.row)
        self.rows = MemoryRows({key: decoder.decode(msgspec.json.encode(row)) for key, row in self.rows.items()})
        self.marks = Watermarks(SOURCES, Bounds(history.disorder, IDLE_MS), self.now, state)

    def take(self, moment: Moment) -> None:
        if self.chunk and self.chunk[-1].source != moment.source:
            self.end_chunk()
        self.chunk.append(moment)

    def end_chunk(self) -> None:
        if self.chunk:
            watermarks = self.marks.pace(self.chunk[0].source, [m.time for m in self.chunk], self.now)
            for moment, watermark in zip(self.chunk, watermarks, strict=True):
                self.said += self.windowed.process(moment.time, moment.key, moment.value, self.rows, watermark)
        self.chunk = []
        self.said += self.windowed.advance(self.marks.current, self.rows)


def live(kind: Kind, history: History) -> list[Task]:
    """Let each partition's task live through the history, then let all windows close."""
    tasks = [Task(kind, history) for _ in range(history.partitions)]
    for name, what in history.steps:
        if name == "event":
            tasks[what.partition].take(what)
        elif name == "silence":
            for task in tasks:
                task.end_chunk()
                task.now += IDLE_MS
                task.marks.tick(task.now)
        else:
            tasks[what].end_chunk()
            if name == "restart":
                tasks[what].restart(msgspec.json.decode(msgspec.json.encode(tasks[what].marks.state), type=Highs))
    for task in tasks:
        task.end_chunk()
        task.said += task.windowed.advance(END, task.rows)
    return tasks


def finals(said: Sequence[Result | Late]) -> list[Result]:
    return [one for one in said if isinstance(one, Result) and one.phase == "final"]


def lates(said: Sequence[Result | Late]) -> Iterator[Late]:
    return (one for one in said if isinstance(one, Late))
