"""The life of a transaction of the second generation (KIP-890 part 2) that carries a group's offsets (KIP-447).

Three round trips, in this order:

1. TxnOffsetCommit v5 with the member's generation: a worker that lost its partitions is refused before it writes.
2. Produce v12, all partitions of a leader in one request.
3. EndTxn v5, whose answer brings the epoch of the next transaction.

Brokers register partitions and group with the transaction coordinator themselves; AddPartitionsToTxn is never sent.
Not 1 beside 2: a broker that is leader and group coordinator queues one registration per producer, and the second
evicts the first. Not 2 before 1: right after an EndTxn a Produce waits 20 ms inside the broker, while TxnOffsetCommit
is answered CONCURRENT_TRANSACTIONS at once and repeated after `link.FIRST_WAIT_S`.

Any failure leaves a writer that only aborts, resolves or closes (`errors.py`). For readers: docs/transactions.md.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import contextmanager, suppress
from enum import Enum
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Self

from streams.engine.faults import no_fault
from streams.engine.writer.coordinator import Coordinators
from streams.engine.writer.errors import Fenced, Forbidden, UnknownOutcome, WriterError, WriterMisused
from streams.engine.writer.features import require_second_generation
from streams.engine.writer.leaders import Leaders
from streams.engine.writer.link import Link
from streams.engine.writer.offsets import Producer, commit_offsets, committed_offsets
from streams.engine.writer.protocol import (
    EARLIEST,
    LATEST,
    READ_COMMITTED,
    READ_UNCOMMITTED,
    TRANSACTION,
    EndTxn,
    InitProducerId,
)
from streams.engine.writer.records import Appending, append, list_offsets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from aiokafka.client import AIOKafkaClient
    from aiokafka.structs import TopicPartition

    from streams.engine.writer.batches import Batches
    from streams.engine.writer.offsets import Member

TRANSACTION_TIMEOUT_MS = 10_000
"""The coordinator aborts a transaction that is open for longer; how long a dead worker can hold readers up."""

REQUEST_TIMEOUT_MS = 5_000
"""Half of a transaction's time, so that one lost answer does not end it."""

GIVE_UP_S = 30.0
"""Longer than an election of a leader or coordinator after a broker died (9 s by default)."""

MAX_REQUEST_BYTES = 8_000_000
"""Far below the broker's `socket.request.max.bytes` (100 MiB); several requests follow each other otherwise."""

CLOSE_S = 1.0
"""How long closing tries to abort what is open; the coordinator's time-out does it otherwise."""


class State(Enum):
    """What may be called beside `close`: `commit` when READY, `abort` when BROKEN, `resolve` when UNKNOWN."""

    READY = "ready"
    BUSY = "busy"
    BROKEN = "broken: abort or close"
    UNKNOWN = "the outcome of a commit is unknown: resolve or close"
    CLOSED = "closed"


class TransactionalWriter:
    """One transactional id, one transaction at a time, one caller at a time. Built by `open`."""

    def __init__(  # noqa: PLR0913  # settings of one thing
        self,
        client: AIOKafkaClient,
        transactional_id: str,
        *,
        transaction_timeout_ms: int = TRANSACTION_TIMEOUT_MS,
        request_timeout_ms: int = REQUEST_TIMEOUT_MS,
        give_up_s: float = GIVE_UP_S,
        max_request_bytes: int = MAX_REQUEST_BYTES,
        fault: Callable[[str], None] = no_fault,
    ) -> None:
        self.transactional_id = transactional_id
        self.retries: Counter[tuple[str, int]] = Counter()
        """(request, error code) -> how often it was asked again."""
        self.state = State.CLOSED
        self.producer = Producer(-1, -1)
        self._unresolved = self.producer
        self._replaced = False
        self._transaction_timeout_ms, self._give_up_s, self._fault = transaction_timeout_ms, give_up_s, fault
        self._link = Link(client, request_timeout_ms)
        self._coordinators = Coordinators(self._link, give_up_s, self.retries)
        self._leaders = Leaders(self._link, give_up_s, self.retries)
        self._appending = Appending(transactional_id, request_timeout_ms, max_request_bytes)

    @classmethod
    async def open(cls, client: AIOKafkaClient, transactional_id: str, **options: Any) -> Self:
        """A writer that owns `transactional_id`: earlier owners are fenced, and what they left open is aborted.

        Args:
            client: bootstrapped; connections, TLS, SASL and metadata are its affair, and so is closing it.
            transactional_id: one per worker.
            options: those of the constructor.

        Raises:
            UnsupportedBroker: the cluster's `transaction.version` is below 2; the message says how to raise it.
        """
        writer = cls(client, transactional_id, **options)
        await require_second_generation(writer._link, writer._give_up_s, writer.retries)
        await writer._take_over()
        writer.state = State.READY
        return writer

    async def commit(
        self, batches: Batches, offsets: Mapping[TopicPartition, int], member: Member | None = None
    ) -> dict[TopicPartition, int]:
        """Write `batches` and the group's `offsets` (next offset to read), both or neither.

        Returns the offset after the last record per target partition; the commit marker, and the records of other
        writers, come after it. A transaction without records and offsets is no transaction, and returns at once.

        Raises:
            Rejoin, Abortable, Retriable: nothing is committed; `abort()` before the next commit.
            Fenced, Forbidden: nothing is committed; this writer is at its end.
            UnknownOutcome: `resolve()` tells.
        """
        if offsets and member is None:
            raise WriterMisused("offsets need the group member who commits them")
        with self._work(State.READY):
            queue = batches.seal(*self.producer)
            if offsets and member is not None:
                self._fault("before-offsets")
                await commit_offsets(self._coordinators, self.transactional_id, self.producer, offsets, member)
                self._fault("after-offsets")
            elif not queue:
                self.state = State.READY
                return {}
            ends = await append(self._leaders, self._appending, queue)
            self._fault("after-produce")
            self._fault("before-end")
            await self._end_committed()
        self._fault("after-end")
        return ends

    async def abort(self) -> None:
        """End the broken transaction; readers skip its records. Also tells a time-out from a take-over: Fenced."""
        with self._work(State.BROKEN):
            await self._end(committed=False)

    async def resolve(self, offsets: Iterable[TopicPartition], group_id: str) -> bool:
        """After UnknownOutcome: was the transaction that carried the offsets of these partitions committed?

        The producer id is taken anew, which makes the coordinator finish or abort what was open; then the group's
        stable offsets name the transaction that wrote them. The writer is ready again afterwards. It is closed when the
        commit was answered PRODUCER_FENCED: the new owner of the id has settled the transaction, and keeps the id.

        False, too, when the partitions' next owner has committed since: the group has moved on without this worker.
        """
        partitions = list(offsets)
        if not partitions:
            raise WriterMisused("a transaction without offsets leaves no trace to find")
        with self._work(State.UNKNOWN):
            if not self._replaced:
                await self._take_over()
            committed = await committed_offsets(self._coordinators, group_id, partitions)
        if self._replaced:
            self.state = State.CLOSED
        return any(found.tag == self._unresolved.tag for found in committed.values())

    async def stable_offsets(self, group_id: str, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """Where to start reading, -1 for nowhere yet; waits while an open transaction may still move it.

        Raises Retriable (UNSTABLE_OFFSET_COMMIT) when that lasts too long.
        """
        found = await committed_offsets(self._coordinators, group_id, partitions)
        return {tp: committed.offset for tp, committed in found.items()}

    async def end_offsets(self, partitions: Iterable[TopicPartition], *, committed: bool) -> dict[TopicPartition, int]:
        """The offset after the last record; with `committed`, after the last that read_committed readers see."""
        isolation = READ_COMMITTED if committed else READ_UNCOMMITTED
        return await list_offsets(self._leaders, partitions, LATEST, isolation)

    async def earliest_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """The offset of the first record that is still there."""
        return await list_offsets(self._leaders, partitions, EARLIEST, READ_UNCOMMITTED)

    async def close(self) -> None:
        """Abort what is open, if that is quick, and refuse everything from now on. The client stays open."""
        state, self.state = self.state, State.CLOSED
        if state in (State.BROKEN, State.UNKNOWN):
            with suppress(WriterError, TimeoutError):
                async with asyncio.timeout(CLOSE_S):
                    await self._end(committed=False)
        self.state = State.CLOSED

    @contextmanager
    def _work(self, needed: State) -> Iterator[None]:
        """One caller at a time; whatever goes wrong inside leaves the writer in a state that cannot be reused."""
        if self.state is not needed:
            raise WriterMisused(f"the writer is {self.state.value}")
        self.state = State.BUSY
        try:
            yield
        except (Fenced, Forbidden):
            self.state = State.CLOSED
            raise
        except BaseException:
            if self.state is State.BUSY:
                self.state = State.BROKEN if needed is State.READY else needed
            raise
        if self.state is State.BUSY:  # not closed meanwhile
            self.state = State.READY

    async def _end_committed(self) -> None:
        """From the moment the commit is asked for, only its answer, or `resolve`, tells what happened."""
        self.state, self._unresolved = State.UNKNOWN, self.producer
        try:
            await self._end(committed=True)
        except WriterError as refused:
            if refused.attempts > 1:
                self._replaced = isinstance(refused, Fenced)
                raise UnknownOutcome(refused.where, refused.code, attempts=refused.attempts) from refused
            self.state = State.BUSY
            raise
        if self.state is State.UNKNOWN:
            self.state = State.BUSY

    async def _end(self, *, committed: bool) -> None:
        await self._become(EndTxn(self.transactional_id, *self.producer, committed))

    async def _take_over(self) -> None:
        await self._become(InitProducerId(self.transactional_id, self._transaction_timeout_ms, -1, -1))

    async def _become(self, request: Any) -> None:
        """EndTxn and InitProducerId: the answer says who the next transaction's producer is."""
        error = attrgetter("error_code")
        answer = await self._coordinators.ask(TRANSACTION, self.transactional_id, request, error)
        self.producer = Producer(answer.producer_id, answer.producer_epoch)
