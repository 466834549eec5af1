"""A committer against a writer in memory."""

import asyncio
from types import SimpleNamespace

from aiokafka.structs import TopicPartition

from streams.engine.committer import Committer
from streams.engine.config import Limits
from streams.engine.faults import no_fault
from streams.engine.partitioner import Partitioner
from streams.engine.store import MemoryStore
from streams.engine.task import Task
from streams.engine.transactions import Work
from streams.engine.writer import Member
from tests.support.pipes import Shop

MEMBER = Member("counting", 7, "me")
SOURCE = TopicPartition("numbers", 0)


class FakeWriter:
    """Commits unless told to refuse; `gate` holds a call up, so that a test can act meanwhile."""

    def __init__(self):
        self.committed, self.aborts, self.resolves = [], 0, 0
        self.refusals, self.was_committed = [], False
        self.gate = asyncio.Event()
        self.gate.set()
        self.busy = asyncio.Event()

    async def _wait(self):
        self.busy.set()
        await self.gate.wait()
        self.busy.clear()

    async def commit(self, _batches, offsets, member):
        await self._wait()
        if self.refusals:
            raise self.refusals.pop(0)
        self.committed.append((dict(offsets), member))
        return {TopicPartition("counting-changelog", 0): 100 * len(self.committed)}

    async def abort(self):
        self.aborts += 1
        await self._wait()

    async def resolve(self, _offsets, _group):
        self.resolves += 1
        await self._wait()
        return self.was_committed


class World:
    """A committer with one task, and what it told its surroundings."""

    def __init__(self, **limits):
        self.shop, self.writer = Shop(), FakeWriter()
        self.task = Task(self.shop.service, 0, MemoryStore())
        self.started_over, self.failures = 0, []
        self.committer = Committer(
            self.shop.service,
            self.writer,
            Partitioner(lambda _topic: 1),
            start_over=self._start_over,
            on_failure=self.failures.append,
            limits=Limits(linger_commits=0, shortest_linger_seconds=0, **limits),
            compression="none",
            fault=no_fault,
        )

    def _start_over(self):
        self.started_over += 1

    def work(self, next_offset, rows=None, *, session=None, records=1, fired=0):
        session = self.committer.session if session is None else session
        read = [SimpleNamespace(offset=offset) for offset in range(next_offset - records, next_offset)]
        chunk = SimpleNamespace(
            task=self.task, topic=self.shop.source, partition=0, records=read, next_offset=next_offset, session=session
        )
        return Work(chunk, {self.shop.totals: rows} if rows else {}, {}, (), 0, fired)

    async def submit(self, *args, **kwargs):
        await self.committer.submit(self.work(*args, **kwargs))

    @property
    def offsets(self):
        return [offsets[SOURCE] for offsets, _ in self.writer.committed]
