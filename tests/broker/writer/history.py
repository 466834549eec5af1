"""A long history of transactions under faults, and the check that a reader sees exactly the committed ones."""

import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from aiokafka import TopicPartition

from streams.engine.writer import Abortable, Batches, State, UnknownOutcome

STOPPED = 0.15
"""Share of transactions that a fault at a kill point stops before their end."""

POINTS = ("after-offsets", "after-produce", "before-end")


def now_ms():
    """Of the wall clock: a topic's retention deletes records with old timestamps."""
    return int(time.time() * 1000)


class Stop(Exception):  # noqa: N818
    """Raised at a kill point."""


class Stopper:
    """A fault that stops at `point`."""

    point = None

    def __call__(self, point):
        if point == self.point:
            raise Stop(point)


@dataclass
class History:
    """Random transactions through one writer, whose `fault` must be the `stopper`."""

    random: object
    topics: dict
    """Target topic -> partitions."""
    source: str
    source_partitions: int
    member: object
    """Called before each transaction: who commits now."""
    stopper: Stopper = field(default_factory=Stopper)
    expected: dict = field(default_factory=lambda: defaultdict(list))
    offsets: dict = field(default_factory=dict)
    outcomes: Counter = field(default_factory=Counter)
    last: dict = field(default_factory=lambda: defaultdict(list))
    """(topic, partition) -> (offset, value) of each transaction's last record, as the writer answered."""

    async def run(self, writer, count):
        for number in range(count):
            await self.transaction(writer, number)
            if number % 1_000 == 999:
                print(number + 1, dict(self.outcomes), flush=True)  # noqa: T201  # what a long run with -s shows

    async def transaction(self, writer, number):
        batches, values = self._records(number)
        tp = TopicPartition(self.source, self.random.randrange(self.source_partitions))
        offsets = {tp: self.offsets.get(tp, 0) + self.random.randrange(2)}
        self.stopper.point = self.random.choice(POINTS) if self.random.random() < STOPPED else None
        outcome = await self._outcome(writer, batches, offsets, values)
        self.outcomes[outcome] += 1
        if outcome in {"committed", "found committed"}:
            self.offsets |= offsets
            for target, some in values.items():
                self.expected[target] += some
        assert writer.state is State.READY

    async def _outcome(self, writer, batches, offsets, values):
        member = self.member()
        try:
            ends = await writer.commit(batches, offsets, member)
        except (Stop, Abortable) as reason:
            self.stopper.point = None
            await writer.abort()
            return "stopped" if isinstance(reason, Stop) else f"aborted, {reason.name}"
        except UnknownOutcome:
            return "found committed" if await writer.resolve(offsets, member.group_id) else "found aborted"
        for target, end in ends.items():
            self.last[target].append((end - 1, values[target][-1]))
        return "committed"

    def _records(self, number):
        batches, values = Batches(compression=self.random.choice(["none", "lz4"])), {}
        for topic, partitions in self.topics.items():
            for partition in self.random.sample(range(partitions), self.random.randint(1, partitions)):
                some = [b"%d.%d" % (number, n) for n in range(self.random.randint(1, 3))]
                batches.append(topic, partition, [(b"key", value) for value in some], now_ms())
                values[topic, partition] = some
        return batches, values
