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
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from streams.engine.chunk import Chunk, Work
from streams.engine.committer import encoded
from streams.engine.faults import POINTS, InjectedFault
from streams.engine.partitioner import Partitioner
from streams.engine.service import DEAD_LETTERS
from streams.engine.store import MemoryStore, Write
from streams.engine.task import Task
from streams.engine.topics import plan

if TYPE_CHECKING:
    from streams.engine.app import ServiceApp
    from streams.engine.service import Service, Table, Topic

START_MS = 1_700_000_000_000  # where the driver's wall clock begins unless told otherwise
CHUNK_RECORDS = 100
COMMITTED_FROM = POINTS.index("after-end")  # a fault here or later finds the transaction in the log


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


class _Stream:
    """What an agent iterates: one chunk at a time, and a word when it asks for the next."""

    def __init__(self) -> None:
        self._chunks: asyncio.Queue[Chunk] = asyncio.Queue()
        self.idle = asyncio.Event()

    def __aiter__(self) -> _Stream:
        return self

    async def __anext__(self) -> Chunk:
        self.idle.set()
        return await self._chunks.get()

    def put(self, chunk: Chunk) -> None:
        self.idle.clear()
        self._chunks.put_nowait(chunk)


class _Worker:
    """One app's worker: its tasks and agents, over stores and offsets that outlive it."""

    def __init__(self, app: ServiceApp, log: Log, clock: Clock) -> None:
        self.service: Service = app.service
        self._app, self._log, self._clock = app, log, clock
        self._stores = {partition: MemoryStore() for partition in range(self.service.partitions)}
        self._offsets: dict[tuple[str, int], int] = {}
        self._partitioner = Partitioner(log.counts.__getitem__)
        self._agents: dict[Any, tuple[_Stream, asyncio.Task[None]]] = {}
        self.tasks: dict[int, Task] = {}
        self.fault: str | None = None

    # -- the runtime of chunks

    def now(self) -> int:
        return self._clock.now_ms

    def is_current(self, chunk: Chunk) -> bool:
        return chunk.task is self.tasks.get(chunk.partition)

    def fail(self, error: BaseException) -> None:
        """The error leaves the agent by itself, and `deliver` sees it."""

    async def submit(self, work: Work) -> None:
        """Commit at once: log and offsets together, then the store."""
        task, rows = work.chunk.task, encoded(work.changes)
        if self.fault is not None and POINTS.index(self.fault) < COMMITTED_FROM:
            raise InjectedFault(self.fault)
        self._produce(work, rows)
        self._offsets[work.chunk.topic.name, work.chunk.partition] = work.chunk.next_offset
        if self.fault in ("after-end", "before-write"):
            raise InjectedFault(self.fault)
        task.store.write(rows, offset=len(self._log.partition(self.service.changelog, task.partition)))
        for table, changed in work.changes.items():
            task.caches[table].update(changed)
        if self.fault is not None:
            raise InjectedFault(self.fault)

    def _produce(self, work: Work, rows: Sequence[Write]) -> None:
        for key, value in rows:
            self._log.append(self.service.changelog, work.chunk.partition, key, value)
        for topic, outputs in work.outputs.items():
            values = topic.write([event for _, event in outputs])
            for (key, _), value in zip(outputs, values, strict=True):
                self._log.append(topic.name, self._partitioner.partition(topic.name, key, 0), key, value)
        for letter in work.dead_letters:
            partition = self._partitioner.partition(DEAD_LETTERS, letter.key, work.chunk.partition)
            self._log.append(DEAD_LETTERS, partition, letter.key, letter.value, letter.headers)

    # -- life

    def start(self) -> None:
        """Recover every partition from the changelog, and start the agents."""
        for partition, store in self._stores.items():
            changelog = self._log.partition(self.service.changelog, partition)
            missed = [(record.key, record.value) for record in changelog[store.offset or 0 :] if record.key]
            store.write(missed, offset=len(changelog))
            self.tasks[partition] = Task(self.service, partition, store)
        for agent in dict.fromkeys(self._app.readers.values()):
            stream = _Stream()
            self._agents[agent] = stream, asyncio.get_running_loop().create_task(agent.fun(stream))

    async def stop(self) -> None:
        """Forget all that is not committed."""
        running = [task for _, task in self._agents.values()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        self._agents.clear()
        self.tasks.clear()

    async def step(self, chunk_records: int) -> bool:
        """Deliver the next chunk of every source partition; False when there was none."""
        worked = False
        for topic in self.service.reads:
            for partition in range(self.service.partitions):
                position = self._offsets.get((topic.name, partition), 0)
                records = self._log.partition(topic.name, partition)[position : position + chunk_records]
                if records or self._is_timer_due(topic, partition):
                    await self._deliver(topic, partition, records, position + len(records))
                    worked = True
        return worked

    def _is_timer_due(self, topic: Topic, partition: int) -> bool:
        task = self.tasks[partition]
        return topic.name in self._app.ticking and task.has_timer_due(task.event_time(self.now()))

    async def _deliver(self, topic: Topic, partition: int, records: Sequence[LogRecord], next_offset: int) -> None:
        stream, agent = self._agents[self._app.readers[topic.name]]
        stream.put(Chunk(self, self.tasks[partition], topic, records, next_offset, 0))
        idle = asyncio.ensure_future(stream.idle.wait())
        await asyncio.wait({idle, agent}, return_when=asyncio.FIRST_COMPLETED)
        idle.cancel()
        if agent.done():
            self.tasks.clear()  # the worker is gone; restart() brings it back
            agent.result()


@dataclass
class Driver:
    """Services in one process, no broker.

    Args:
        apps: what `Service` apps to run; outputs of one are inputs of the others.
        chunk_records: how many records a chunk holds at most.
    """

    apps: Sequence[ServiceApp]
    chunk_records: int = CHUNK_RECORDS
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self._runner = asyncio.Runner()
        self.log = Log(self.clock)
        for app in self.apps:
            self.log.counts.update({topic.name: topic.partitions for topic in plan(app.service)})
        self._partitioner = Partitioner(self.log.counts.__getitem__)
        self._workers = {app.service.name: _Worker(app, self.log, self.clock) for app in self.apps}
        self._call(self._start(self._workers.values()))

    def __enter__(self) -> Driver:
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
        self._workers[service].fault = point

    def restart(self, service: str) -> None:
        """A service comes back from what was committed, without the fault."""
        worker = self._workers[service]
        worker.fault = None
        self._call(worker.stop())
        self._call(self._start([worker]))

    async def _start(self, workers: Any) -> None:
        for worker in workers:
            worker.start()

    async def _run(self, workers: Sequence[_Worker]) -> None:
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
            for task in worker.tasks.values():
                if table in task.caches:
                    yield from task.caches[table].scan("", "\U0010ffff")
