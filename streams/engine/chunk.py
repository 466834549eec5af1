"""Chunk and Transaction: all that an agent sees.

A chunk is a run of consecutive records of one source partition. Its transaction holds what it changes and emits until
the chunk is done, and hands that to the committer as one piece of work, which reaches Kafka whole or not at all.
The story continues in `committer.py`; the same code runs in `driver.py` without a broker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from streams.engine import task as tasks
from streams.engine.deadletters import DeadLetter, of_record, of_timer
from streams.engine.errors import EdgeNotDeclaredError
from streams.engine.task import WATERMARK
from streams.engine.timers import DUE, NAMES, TimerEvent, Timers

if TYPE_CHECKING:
    from types import TracebackType

    from streams.engine.rows import Rows
    from streams.engine.service import Record, Service, Table, Topic
    from streams.engine.task import Task

V = TypeVar("V")
Rule = Callable[..., Iterable[Any] | None]


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

    @property
    def partition(self) -> int:
        return self.task.partition


@dataclass(eq=False)
class Work:
    """What a finished chunk asks to have committed."""

    chunk: Chunk
    changes: Mapping[Table[Any], Mapping[str, Any]]
    outputs: Mapping[Topic, list[tuple[bytes, Any]]]  # key and event, in order
    dead_letters: Sequence[DeadLetter]


class Transaction:
    """Everything a chunk changes and emits. Obtained by `async with transaction(chunk) as tx`."""

    def __init__(self, chunk: Chunk, task: Task) -> None:
        self.chunk, self.task = chunk, task
        self._service = task.service
        self._rows: dict[Table[Any], Rows[Any]] = {}
        self._outputs: dict[Topic, list[tuple[bytes, Any]]] = {}
        self._emitted: list[tuple[Topic, bytes, Any]] = []  # by the record in hand
        self._counts: dict[tuple[str, str], int] = {}  # facts of a type so far, per cause
        self._dead: list[DeadLetter] = []
        self._sources: dict[int, Record] = {}  # id of an event -> the record it was read from
        self.events: list[Any] = []
        self.watermarks: Sequence[int] = ()  # per event, the watermark to process it with; for services with a time
        self.skipped = 0  # records of a type that the topic does not know
        self._read()

    def _read(self) -> None:
        records = self.chunk.records
        items = self.chunk.topic.read(self.chunk.partition, records) if records else ()
        for record, item in zip(records, items, strict=True):
            if item is None:
                self.skipped += 1
            elif isinstance(item, Exception):
                self._dead.append(of_record(self.chunk, record, item))
            else:
                self.events.append(item)
                self._sources[id(item)] = record
        if self._service.time is not None:
            times = [event.time for event in self.events]
            self.watermarks = self.task.pace(self.chunk.topic.name, times, self.chunk.runtime.now())

    @cached_property
    def event_time(self) -> int:
        """The watermark after this chunk, milliseconds. Needs a service with a time."""
        return self.task.event_time(self.chunk.runtime.now())

    def __getitem__(self, table: Table[V]) -> Rows[V]:
        """The partition's rows of a table.

        Raises:
            EdgeNotDeclaredError: the service does not remember this table.
        """
        rows = self._rows.get(table)
        if rows is None:
            if table not in self.task.caches:
                raise EdgeNotDeclaredError(f"{self._service.name} does not remember table {table.name!r}")
            rows = self._rows[table] = self.task.rows(table)
        return rows

    @cached_property
    def timers(self) -> Timers:
        """Set and cancel timers; `fire` calls those that are due."""
        return Timers(self._service.name, self[DUE], self[NAMES], self.event_time)

    def each(self, rule: Rule | Mapping[Any, Rule], *state: Any) -> None:
        """Ask the rule about every event in order; emit the facts it yields.

        A record whose rule raises leaves a dead letter and nothing else.

        Args:
            rule: called as rule(event, *state); or one rule per fact class, events of other classes pass by.
            state: what the rule works on, usually `tx[table]` and `tx.timers`.
        """
        find = _by_name(rule) if isinstance(rule, Mapping) else None
        for event in self.events:
            handler = rule if find is None else find.get(event.event_type)
            if handler is None:
                continue
            try:
                self._emit_all(handler(event, *state), event)  # type: ignore[operator]  # a Mapping was told apart above
            except Exception as error:  # noqa: BLE001 -- whatever a rule raises is about its event
                self._set_aside(event, error)
            else:
                self._release()

    def fire(self, rule: Rule, *state: Any) -> None:
        """Call the rule for every timer that is due, earliest first; each is cancelled before its rule runs."""
        now = self.event_time
        if self.task.has_timer_due(now) or DUE in self._rows:
            for event in list(self.timers.due(now)):
                with self.savepoint(event):
                    self.timers.cancel(event.data.name)
                    self._emit_all(rule(event, *state), event)

    def emit(self, fact: Any, *, cause: Any) -> None:
        """Emit one fact; its id, time and correlation follow from the cause."""
        kind = fact.__class__.__name__
        topic = self._service.target(kind)
        count = self._counts.get((cause.event_id, kind), 0)
        self._counts[cause.event_id, kind] = count + 1
        self._emitted.append((topic, *topic.derive(cause, fact, count)))

    @contextmanager
    def savepoint(self, event: Any) -> Iterator[None]:
        """What happens inside is undone if it raises, and the event becomes a dead letter."""
        self._release()
        try:
            yield
        except Exception as error:  # noqa: BLE001 -- whatever a rule raises is about its event
            self._set_aside(event, error)
        else:
            self._release()

    def _emit_all(self, facts: Iterable[Any] | None, cause: Any) -> None:
        for fact in facts or ():
            self.emit(fact, cause=cause)

    def _release(self) -> None:
        for rows in self._rows.values():
            rows.release()
        if self._emitted:
            for topic, key, event in self._emitted:
                self._outputs.setdefault(topic, []).append((key, event))
            self._emitted.clear()

    def _set_aside(self, event: Any, error: Exception) -> None:
        for rows in self._rows.values():
            rows.rollback()
        self._emitted.clear()
        if isinstance(event, TimerEvent):
            self.timers.cancel(event.data.name)
            self._release()
            self._dead.append(of_timer(self.chunk, event, error))
        else:
            self._dead.append(of_record(self.chunk, self._sources[id(event)], error))

    def work(self) -> Work:
        """What the committer gets."""
        self._release()
        changes = {table: rows.changes() for table, rows in self._rows.items() if rows.changes()}
        if DUE in changes:
            self.task.timers_changed()
        if self._service.time is not None:
            changes[WATERMARK] = {"": self.task.watermark(self.chunk.runtime.now())}
        return Work(self.chunk, changes, self._outputs, self._dead)


@dataclass(eq=False)
class transaction:  # noqa: N801 -- reads as a statement: async with transaction(chunk) as tx
    """The chunk's transaction: changelog, outputs and source offset commit together, or none do.

    Leaving the block hands the work to the committer and waits for room, not for the commit: the next chunk is worked
    on meanwhile. An exception that leaves the block ends the process; nothing of the chunk is committed.
    """

    chunk: Chunk
    _tx: Transaction = field(init=False)
    _live: bool = field(init=False, default=False)

    async def __aenter__(self) -> Transaction:
        chunk = self.chunk
        await chunk.task.turn.acquire()
        try:
            self._live = chunk.runtime.is_current(chunk)
            task = chunk.task if self._live else tasks.void(chunk.task.service, chunk.partition)
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
            await self.chunk.runtime.submit(self._tx.work())
            return False
        finally:
            self.chunk.task.turn.release()


def _by_name(rules: Mapping[Any, Rule]) -> dict[str, Rule]:
    """Rules by event type: a fact class and its fast twin have the same name."""
    return {getattr(fact, "__name__", fact): rule for fact, rule in rules.items()}
