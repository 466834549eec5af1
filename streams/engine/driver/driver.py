"""Drives whole services without a broker, with the clock in the test's hand.

The agents, the transaction, the rows and the recovery order are the real ones; the broker is a dict of lists, and a
commit is atomic by construction. A fault can be put at any kill point: the worker is then gone, caches and all, and
`restart` brings it back from what was committed, as after a crash.

    shop = Driver(inventory, orders)
    shop.send(topics.stock_receipts, receipt)
    shop.run()
    assert shop.rows(stock)["U"].on_hand == 75
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from streams.engine.driver.log import Clock, Log, LogRecord
from streams.engine.driver.snapshot import Snapshot, packed, unpacked
from streams.engine.driver.worker import DrivenWorker
from streams.engine.faults import POINTS
from streams.engine.partitioner import Partitioner, hashes
from streams.engine.service import DEAD_LETTERS
from streams.engine.topics import plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from streams.engine.app import ServiceApp
    from streams.engine.service import Table, Topic

CHUNK_RECORDS = 100


@dataclass
class Driver:
    """Services in one process, no broker.

    Args:
        apps: what `Service` apps to run; outputs of one are inputs of the others.
        chunk_records: how many records a chunk holds at most.
        forgetful: keep no record that a service has read, and no changelog: for streams that are too long to keep.
        rank: of an event. Outputs that wait in a partition until it is read are then put in order of rank, not of
            append: with the rank of an input in the ids of what follows from it, every partition of a relay has the
            order that the inputs had, whichever task was first.
    """

    apps: Sequence[ServiceApp]
    chunk_records: int = CHUNK_RECORDS
    clock: Clock = field(default_factory=Clock)
    forgetful: bool = False
    rank: Callable[[Any], Any] | None = None

    def __post_init__(self) -> None:
        self._runner = asyncio.Runner()
        self.log = Log(self.clock)
        for app in self.apps:
            self.log.counts.update({topic.name: topic.partitions for topic in plan(app.service)})
        self._partitioner = Partitioner(self.log.counts.__getitem__)
        self._workers = {
            app.service.name: DrivenWorker(app, self.log, self.clock, forgetful=self.forgetful, rank=self.rank)
            for app in self.apps
        }
        self._call(self._start(self._workers.values()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the agents."""
        for worker in self._workers.values():
            self._call(worker.stop())
        self._runner.close()

    # -- input

    def send(self, topic: Topic, event: Any, *, key: bytes | None = None, partition: int | None = None) -> None:
        """Append an event, or bytes as they are, to a topic; the key of an event is the topic's own."""
        value: bytes = event if isinstance(event, bytes) else topic.write([event])[0]
        if key is None and not isinstance(event, bytes):
            key = next(of for fact, of in topic.events.items() if fact.__name__ == event.event_type)(
                event.data
            ).encode()
        if partition is None:
            partition = self._partitioner.partition(topic.name, key, 0)
        self.log.append(topic.name, partition, key, value)

    def send_all(self, topic: Topic, events: Sequence[Any]) -> None:
        """Append events to a topic, with the topic's own keys: cheaper than one by one."""
        key_of = {fact.__name__: of for fact, of in topic.events.items()}
        keys = [key_of[event.event_type](event.data).encode() for event in events]
        partitions = (hashes(keys) % self.log.counts[topic.name]).tolist()
        for partition, key, value in zip(partitions, keys, topic.write(events), strict=True):
            self.log.append(topic.name, partition, key, value)

    def repeat(self, topic: Topic) -> None:
        """Append everything that a topic holds once more, as a producer that retries would."""
        for partition, record in self.log.records(topic.name):
            self.log.append(topic.name, partition, record.key, record.value, record.headers)

    # -- running

    def run(self, *services: str) -> None:
        """Work until nothing is left to do, timers that are due included; only these services, if any are named.

        Raises:
            InjectedFault: a fault was reached; the service is down until `restart`.
        """
        self._call(self._run([self._workers[name] for name in services or self._workers]))

    def fail_at(self, service: str, point: str | None) -> None:
        """From now on the service fails at this kill point of its next chunk; None: no more."""
        if point is not None and point not in POINTS:
            raise ValueError(f"no kill point {point!r}")
        if point is not None and self.forgetful:
            raise ValueError("a driver that keeps no changelog cannot recover from a fault")
        self._workers[service].fault = point

    def restart(self, service: str) -> None:
        """A service comes back from what was committed, without the fault."""
        worker = self._workers[service]
        worker.fault = None
        self._call(worker.stop())
        self._call(self._start([worker]))

    def save(self) -> bytes:
        """All rows and offsets, for `load`. Raises ValueError: a service has something left to read."""
        workers = {name: worker.save() for name, worker in self._workers.items()}
        return packed(Snapshot(self.log.ends(), workers))

    def load(self, saved: bytes) -> None:
        """Go on from what another driver of the same apps saved, as if this one had done the work.

        Raises:
            msgspec.DecodeError: these bytes were not saved by a driver.
        """
        snapshot = unpacked(saved)
        self.log.begin_at(snapshot.ends)
        for name, state in snapshot.workers.items():
            self._workers[name].load(state)
            self.restart(name)

    async def _start(self, workers: Any) -> None:
        for worker in workers:
            worker.start()

    async def _run(self, workers: Sequence[DrivenWorker]) -> None:
        while any([await worker.step(self.chunk_records) for worker in workers]):
            pass

    def _call(self, work: Any) -> Any:
        return self._runner.run(work)

    # -- output

    def read(self, topic: Topic) -> list[Any]:
        """The events of a topic, in order of append; what cannot be read is left out."""
        found = (topic.read(partition, [record])[0] for partition, record in self.log.records(topic.name))
        return [event for event in found if event is not None and not isinstance(event, Exception)]

    def records(self, topic: str) -> list[LogRecord]:
        """The records of a topic by name, in order of append."""
        return [record for _, record in self.log.records(topic)]

    def dead_letters(self) -> list[tuple[Mapping[str, str], LogRecord]]:
        """What was set aside, each with its headers as text."""
        letters = self.records(DEAD_LETTERS)
        return [({name: value.decode() for name, value in letter.headers}, letter) for letter in letters]

    def rows(self, table: Table[Any]) -> dict[str, Any]:
        """The committed rows of a table, over all partitions."""
        return dict(self._rows(table))

    def _rows(self, table: Table[Any]) -> Iterator[tuple[str, Any]]:
        for worker in self._workers.values():
            worker.write()
            for task in worker.tasks.values():
                if table in task.caches:
                    yield from task.caches[table].scan("", "\U0010ffff")
