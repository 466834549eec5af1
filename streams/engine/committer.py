"""From chunks to Kafka transactions to RocksDB, in that order.

Chunks that become ready while a transaction is in flight share the next one (group commit), and later chunks are worked
on meanwhile: their reads see its rows, and since any failure ends the process nothing speculative can leak. A commit
that the group refuses, because the worker's membership is of the past, drops the work instead; the records are read
again by whoever owns them. `writer/` speaks to the broker.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from aiokafka.structs import TopicPartition

from streams.engine.cadence import Cadence
from streams.engine.deadletters import BatchesWithDeadLetters
from streams.engine.errors import CommitFailedError
from streams.engine.group import Group
from streams.engine.writer import Abortable, RecordTooLarge, Rejoin, UnknownOutcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from streams.engine.chunk import Work
    from streams.engine.config import Limits
    from streams.engine.faults import Fault
    from streams.engine.partitioner import Partitioner
    from streams.engine.service import Service
    from streams.engine.writer import Member, TransactionalWriter, WriterError

log = logging.getLogger(__name__)

NO_SESSION = -1
MAX_LOST_IN_A_ROW = 5  # refused transactions without a commit between them, before the process gives up


class Committer:
    """Commits the work of all partitions of a worker, one transaction at a time.

    Args:
        start_over: asked for after a transaction that came to nothing: read on from the group's stable offsets.
        on_failure: told once about an error that must end the process.
    """

    def __init__(  # noqa: PLR0913 -- its collaborators, by name
        self,
        service: Service,
        writer: TransactionalWriter,
        partitioner: Partitioner,
        *,
        start_over: Callable[[], None],
        on_failure: Callable[[BaseException], None],
        limits: Limits,
        fault: Fault,
        compression: str = "none",
    ) -> None:
        self._service, self._writer, self._partitioner = service, writer, partitioner
        self._start_over, self._on_failure, self._limits, self._fault = start_over, on_failure, limits, fault
        self._session = NO_SESSION  # work of any other session is dropped
        self._member: Member | None = None
        self._lost_in_a_row = 0
        self._filling: Group | None = None
        self._in_flight: Group | None = None
        self._compression = compression
        self._wake, self._changed = asyncio.Event(), asyncio.Condition()
        self.cadence = Cadence(limits)
        self._runner: asyncio.Task[None] | None = None
        self.failure: BaseException | None = None
        self.commit_seconds = 0.0  # spent waiting for the broker and writing rows
        self.transactions = self.committed_records = self.dead_letters = self.skipped = 0
        self.committed: dict[TopicPartition, int] = {}  # next offset of each source partition, in the store too

    def start(self) -> None:
        self._runner = asyncio.get_running_loop().create_task(self._run(), name="committer")

    def begin(self, session: int, member: Member, positions: Mapping[TopicPartition, int]) -> None:
        """From now on only work of this session counts, committed in the name of this member, from these positions on.

        The membership is taken when the session begins, not when a transaction ends: a member that was put out of the
        group is -1 of nothing by then, and the broker would not fence that.
        """
        self.end()
        self._session, self._member = session, member
        self.committed = dict(positions)

    def end(self) -> None:
        """Drop what is not committed; nothing counts until the next session begins."""
        self._session = NO_SESSION
        for group in (self._in_flight, self._filling):
            for task in group.changes if group is not None else ():
                task.forget()
        self._filling = None

    @property
    def session(self) -> int:
        return self._session

    def counts(self, session: int) -> bool:
        """True while work of this session may be committed; between sessions nothing may, whenever it was fetched."""
        return session == self._session != NO_SESSION

    async def submit(self, work: Work) -> None:
        """Take a chunk's work; returns when there is room for the next, usually at once."""
        if not self.counts(work.chunk.session) or self.failure is not None:
            return
        group = self._filling
        if group is None:
            group = self._filling = Group(self._service.changelog, BatchesWithDeadLetters(self._compression))
            self.cadence.first_chunk_came()
        group.add(work, self._partitioner, int(time.time() * 1000))
        self._wake.set()
        full = self._is_full(group)
        self.cadence.chunk_came(group.records, full=full)
        if full:
            async with self._changed:
                await self._changed.wait_for(lambda: self._filling is not group or self.failure is not None)

    def _is_full(self, group: Group) -> bool:
        limits, done = self._limits, group.records + group.fired
        return done >= limits.transaction_records or group.batches.bytes >= limits.transaction_bytes

    async def drain(self) -> None:
        """Wait until everything submitted is committed, dropped, or has failed."""
        async with self._changed:
            await self._changed.wait_for(
                lambda: (self._filling is None and self._in_flight is None) or self.failure is not None
            )

    async def stop(self) -> None:
        if self._runner is not None:
            self._runner.cancel()
            await asyncio.gather(self._runner, return_exceptions=True)

    async def _run(self) -> None:
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._filling is not None:
                    await self.cadence.until_due()
                    await self._commit_filling()
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 -- whatever it is, the process must not go on
            self.fail(error)
            await self._notify()

    async def _commit_filling(self) -> None:
        group, self._filling = self._filling, None
        if group is None:
            await self._notify()  # it was dropped meanwhile, and perhaps somebody waits for the end of all work
            return
        self._in_flight = group
        self.cadence.began()
        await self._notify()
        try:
            await self._commit(group)
            self._lost_in_a_row = 0
        except (Abortable, UnknownOutcome, RecordTooLarge) as error:
            await self._lose(group, error)
        finally:
            self._in_flight = None
        await self._notify()

    async def _lose(self, group: Group, error: WriterError | RecordTooLarge) -> None:
        """The transaction came to nothing, or nobody knows: forget it and read on from where the group stands.

        Recovery then finds in the changelog whatever was committed after all.
        """
        self.end()
        understood = isinstance(error, RecordTooLarge) and group.go_carefully()  # it will not happen again
        self._lost_in_a_row += not understood
        if self._lost_in_a_row > MAX_LOST_IN_A_ROW:
            raise CommitFailedError(f"{self._lost_in_a_row} transactions in a row came to nothing; the last: {error}")
        if isinstance(error, UnknownOutcome):
            committed = await self._writer.resolve(group.offsets, self._service.name)
            log.warning("%s; it was %s", error, "committed" if committed else "not committed")
        elif isinstance(error, RecordTooLarge):
            log.warning("a row is too large (%s); its transaction's records are read again, one by one", error)
        else:
            log.warning("a transaction was refused (%s); its records are read again", error)
            await self._writer.abort()
        if not isinstance(error, Rejoin):  # else the group calls us back by itself
            self._start_over()

    async def _commit(self, group: Group) -> None:
        writes = group.finish(int(time.time() * 1000))
        self._fault("before-begin")
        began, session = time.monotonic(), self._session
        ends = await self._writer.commit(group.batches, group.offsets, self._member)
        self._fault("before-write")
        if session != self._session:
            return  # its partitions were given up meanwhile: whoever owns them finds these rows in the changelog
        for task, rows in writes.items():
            # the commit marker that follows is not counted: it may not be in the log yet, and recovery skips it
            task.store.write(rows, offset=ends[TopicPartition(self._service.changelog, task.partition)])
            task.pending.popleft()
        self._fault("after-write")
        self.committed.update(group.offsets)
        self.transactions += 1
        took = time.monotonic() - began
        self.commit_seconds += took
        self.cadence.committed(took)
        self.committed_records += group.records
        self.dead_letters += group.dead_letters
        self.skipped += group.skipped

    def fail(self, error: BaseException) -> None:
        """Nothing more is committed; the process is told to end."""
        if self.failure is None:
            self.failure = error
            self._on_failure(error)

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()
