"""One app's worker in a driven world: its tasks and agents, over stores and offsets that outlive a crash.

It is the runtime that chunks belong to. A commit is atomic by construction; a fault decides on which side of it the
worker dies.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from streams.engine.cache import CacheBudget
from streams.engine.chunk import Chunk, Work
from streams.engine.driver.snapshot import WorkerState
from streams.engine.errors import TopologyError
from streams.engine.faults import POINTS, InjectedFault
from streams.engine.group import encoded
from streams.engine.partitioner import Partitioner, hashes
from streams.engine.service import DEAD_LETTERS
from streams.engine.store import MemoryStore
from streams.engine.task import Task
from streams.engine.timers import DUE, Timers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streams.engine.app import ServiceApp
    from streams.engine.driver.log import Clock, Log, LogRecord
    from streams.engine.outputs import Outputs
    from streams.engine.service import Service, Topic

UNWRITTEN_ROWS = 200_000  # of a partition of a forgetful driver: some dozens of megabytes
CACHE_BYTES = 256 << 20  # of decoded rows: there is no broker and no other worker beside it
COMMITTED_FROM = POINTS.index("after-end")  # a fault here or later finds the transaction in the log


class _Stream:
    """What an agent iterates: one chunk at a time, and a word when it asks for the next."""

    def __init__(self) -> None:
        self._chunks: asyncio.Queue[Chunk] = asyncio.Queue()
        self.idle = asyncio.Event()

    def __aiter__(self) -> _Stream:
        return self

    async def __anext__(self) -> Chunk:
        if self._chunks.empty():  # else the agent has only just begun to ask
            self.idle.set()
        return await self._chunks.get()

    def put(self, chunk: Chunk) -> None:
        self.idle.clear()
        self._chunks.put_nowait(chunk)


class DrivenWorker:
    """One app's worker: its tasks and agents, over stores and offsets that outlive it.

    Args:
        forgetful: of what was read, and of the changelog.
        rank: of an event that the service emits, where `Driver` was given one.
    """

    def __init__(
        self, app: ServiceApp, log: Log, clock: Clock, *, forgetful: bool, rank: Callable[[Any], Any] | None
    ) -> None:
        self.service: Service = app.service
        self._app, self._log, self._clock = app, log, clock
        self._forgetful, self._rank = forgetful, rank
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
        if self._forgetful:
            self._submit_lightly(work)
            return
        task, rows = work.chunk.task, encoded(work.changes)
        if self.fault is not None and POINTS.index(self.fault) < COMMITTED_FROM:
            raise InjectedFault(self.fault)
        for key, value in rows:
            self._log.append(self.service.changelog, work.chunk.partition, key, value)
        self._produce(work)
        self._offsets[work.chunk.topic.name, work.chunk.partition] = work.chunk.next_offset
        if self.fault in ("after-end", "before-write"):
            raise InjectedFault(self.fault)
        task.store.write(rows, offset=self._log.end(self.service.changelog, task.partition))
        for table, changed in work.changes.items():
            task.caches[table].update(changed)
        task.budget.keep()
        if self.fault is not None:
            raise InjectedFault(self.fault)

    def _submit_lightly(self, work: Work) -> None:
        """The same with no changelog, and rows encoded once for many chunks: a hot row changes in most of them."""
        self._produce(work)
        chunk, task = work.chunk, work.chunk.task
        self._offsets[chunk.topic.name, chunk.partition] = chunk.next_offset
        self._log.forget(chunk.topic.name, chunk.partition, chunk.next_offset)
        if not task.pending:
            task.pending.append(defaultdict(dict))
        unwritten: Any = task.pending[0]
        for table, changed in work.changes.items():
            task.caches[table].update(changed)
            unwritten[table].update(changed)
        if sum(map(len, unwritten.values())) > UNWRITTEN_ROWS:
            self._write(task)
        task.budget.keep()

    def _write(self, task: Task) -> None:
        for rows in task.pending:
            task.store.write(encoded(rows), offset=0)
        task.pending.clear()

    def write(self) -> None:
        """Bring the stores up to date."""
        for task in self.tasks.values():
            self._write(task)

    def _produce(self, work: Work) -> None:
        for topic, outputs in work.outputs.items():
            self._emit(topic, outputs)
        for letter in work.dead_letters:
            partition = self._partitioner.partition(DEAD_LETTERS, letter.key, work.chunk.partition)
            self._log.append(DEAD_LETTERS, partition, letter.key, letter.value, letter.headers)

    def _emit(self, topic: Topic, outputs: Outputs) -> None:
        keys, events, values = outputs
        partitions = (hashes(keys) % self._log.counts[topic.name]).tolist()
        if self._rank is None:
            for partition, key, value in zip(partitions, keys, values, strict=True):
                self._log.append(topic.name, partition, key, value)
            return
        ranks = map(self._rank, events)
        for partition, *ranked in zip(partitions, ranks, keys, values, strict=True):
            self._log.append_ranked(topic.name, partition, *ranked)

    # -- life

    def start(self) -> None:
        """Recover every partition from the changelog, and start the agents."""
        budget = CacheBudget(CACHE_BYTES)
        for partition, store in self._stores.items():
            end = self._log.end(self.service.changelog, partition)
            changelog = self._log.slice(self.service.changelog, partition, min(store.offset or 0, end))
            store.write([(record.key, record.value) for record in changelog if record.key], offset=end)
            self.tasks[partition] = Task(self.service, partition, store, budget)
        for agent in dict.fromkeys(self._app.readers.values()):
            stream = _Stream()
            self._agents[agent] = stream, asyncio.get_running_loop().create_task(agent.fun(stream))

    def save(self) -> WorkerState:
        """What outlives the worker. Raises ValueError: something is left to read, and a log is not saved."""
        for topic in self.service.reads:
            for partition in self._stores:
                if self._offsets.get((topic.name, partition), 0) < self._log.end(topic.name, partition):
                    raise ValueError(f"{topic.name}/{partition} holds records that {self.service.name} has not read")
        self.write()
        offsets = [(topic, partition, offset) for (topic, partition), offset in self._offsets.items()]
        return WorkerState(offsets, {partition: store.rows for partition, store in self._stores.items()})

    def load(self, state: WorkerState) -> None:
        """Go on from what was saved: before `start`, where the log begins at the saved ends."""
        self._offsets = {(topic, partition): offset for topic, partition, offset in state.offsets}
        for partition, rows in state.stores.items():
            end = self._log.end(self.service.changelog, partition)
            self._stores[partition] = store = MemoryStore()
            store.write(rows.items(), offset=end)

    async def stop(self) -> None:
        """Forget all that is not committed."""
        self.write()
        running = [task for _, task in self._agents.values()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        self._agents.clear()
        self.tasks.clear()

    async def step(self, chunk_records: int) -> bool:
        """Deliver the next chunk of every source partition; False when there was none, or the worker is down."""
        if not self.tasks:
            return False
        worked = False
        for topic in self.service.reads:
            for partition in range(self.service.partitions):
                position = self._offsets.get((topic.name, partition), 0)
                records = self._log.slice(topic.name, partition, position, chunk_records)
                if records:
                    await self._deliver(topic, partition, records, position + len(records))
                elif self._is_timer_due(topic, partition):
                    await self._tick(topic, partition, position)
                else:
                    continue
                worked = True
        return worked

    def _is_timer_due(self, topic: Topic, partition: int) -> bool:
        task = self.tasks[partition]
        return topic.name in self._app.ticking and task.has_timer_due(task.event_time(self.now()))

    async def _tick(self, topic: Topic, partition: int, position: int) -> None:
        task = self.tasks[partition]
        earliest = Timers(self.service.name, task.rows(DUE), 0).next()
        await self._deliver(topic, partition, (), position)
        if Timers(self.service.name, task.rows(DUE), 0).next() == earliest:
            raise TopologyError(f"{self._app.readers[topic.name].name} is called for timers, but fires no timer")

    async def _deliver(self, topic: Topic, partition: int, records: Sequence[LogRecord], next_offset: int) -> None:
        stream, agent = self._agents[self._app.readers[topic.name]]
        stream.put(Chunk(self, self.tasks[partition], topic, records, next_offset, 0))
        idle = asyncio.ensure_future(stream.idle.wait())
        await asyncio.wait({idle, agent}, return_when=asyncio.FIRST_COMPLETED)
        idle.cancel()
        if agent.done():
            self.tasks.clear()  # the worker is gone; restart() brings it back
            agent.result()
