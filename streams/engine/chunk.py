"""Chunk and transaction: what an agent is given, and how it opens what it does with it.

A chunk is a run of consecutive records of one source partition. Its transaction (`transactions.py`) holds what it
changes and emits until the chunk is done, and hands that to the committer as one piece of work, which reaches Kafka
whole or not at all. The story continues in `committer.py`; the same code runs in `driver/` without a broker.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from streams.engine import task as tasks
from streams.engine.transactions import Transaction, Work

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from streams.engine.service import Record, Service, Topic
    from streams.engine.task import Task

__all__ = ["Chunk", "Runtime", "Transaction", "Work", "transaction"]


class Runtime(Protocol):
    """Where a chunk's work goes: the committer of a worker, or the driver."""

    @property
    def service(self) -> Service: ...
    def is_current(self, chunk: Chunk) -> bool: ...
    async def submit(self, work: Work) -> None: ...
    def fail(self, error: BaseException) -> None: ...
    def now(self) -> int: ...  # the wall clock, milliseconds since the epoch


@dataclass(eq=False)
class Chunk:
    """Consecutive records of one source partition; none at all in a tick, which only lets timers fire."""

    runtime: Runtime
    task: Task
    topic: Topic
    records: Sequence[Record]
    next_offset: int  # of the source partition, once this chunk is done
    session: int  # of the worker, when it was fetched: a chunk of an earlier one is void
    cpu_seconds: float = 0.0  # that its transaction took, once it is done

    @property
    def partition(self) -> int:
        return self.task.partition


@dataclass(eq=False)
class transaction:  # noqa: N801 -- reads as a statement: async with transaction(chunk) as tx
    """The chunk's transaction: changelog, outputs and source offset commit together, or none do.

    Leaving the block hands the work to the committer and waits for room, not for the commit: the next chunk is worked
    on meanwhile. An exception that leaves the block ends the process; nothing of the chunk is committed.
    """

    chunk: Chunk
    _tx: Transaction = field(init=False)
    _live: bool = field(init=False, default=False)
    _began: float = field(init=False, default=0.0)

    async def __aenter__(self) -> Transaction:
        chunk = self.chunk
        await chunk.task.turn.acquire()
        try:
            self._live = chunk.runtime.is_current(chunk)
            task = chunk.task if self._live else tasks.void(chunk.task.service, chunk.partition)
            self._began = time.thread_time()
            self._tx = Transaction(chunk, task)
        except BaseException as error:
            chunk.task.turn.release()
            chunk.runtime.fail(error)
            raise
        return self._tx

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        try:
            if not self._live:
                return isinstance(error, Exception) or error is None  # its partition is another worker's by now
            if error is not None:
                self.chunk.runtime.fail(error)
                return False
            work = self._tx.work()
            self.chunk.cpu_seconds = time.thread_time() - self._began
            await self.chunk.runtime.submit(work)
            return False
        finally:
            self.chunk.task.turn.release()
