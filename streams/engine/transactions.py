"""Everything one chunk changes and emits, collected until the chunk is done.

A record whose rule raises must leave no trace but its dead letter. Savepoints per record would tax every good record
for the rare bad one; so `each` first takes the whole chunk at once, and only when a rule raises does it undo that and
go again, record by record. Rules are pure, so the second run repeats the first. `chunk.py` opens and hands over.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from streams.engine.asking import asked, readable
from streams.engine.deadletters import DeadLetter, of_record, of_timer
from streams.engine.errors import EdgeNotDeclaredError, EngineError
from streams.engine.outputs import Outbox
from streams.engine.service import lane_of, relayed_lane
from streams.engine.task import WATERMARK
from streams.engine.timers import DUE, TimerEvent, Timers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from streams.engine.asking import Rule
    from streams.engine.chunk import Chunk
    from streams.engine.outputs import Outputs
    from streams.engine.rows import Rows
    from streams.engine.service import Record, Table, Topic
    from streams.engine.task import Task

FIRE_LIMIT = 500  # timers that a chunk works off, of those that have waited

V = TypeVar("V")


class Work(NamedTuple):
    """What a finished chunk asks to have committed."""

    chunk: Chunk
    changes: Mapping[Table[Any], dict[str, Any]]
    outputs: Mapping[Topic, Outputs]
    dead_letters: Sequence[DeadLetter]
    skipped: int
    fired: int = 0  # timers


class Transaction:
    """What an agent works with: `async with transaction(chunk) as tx`.

    Attributes:
        events: the chunk's readable events, in order.
        watermarks: per event, the watermark to process it with, milliseconds; empty for a service without a time.
    """

    def __init__(self, chunk: Chunk, task: Task) -> None:
        self.chunk, self.task = chunk, task
        self._service = task.service
        self._rows: dict[Table[Any], Rows[Any]] = {}
        self._outbox = Outbox()
        self._counts: dict[tuple[str, type], int] = {}  # facts emitted by hand, of a type, per cause
        self._kinds: set[type] = set()  # fact types that a rule of `each` or `fire` emitted
        self._dead: list[DeadLetter] = []
        self._careful = task.is_careful(chunk)
        self._items = chunk.topic.read(chunk.partition, chunk.records) if chunk.records else ()
        self.events = readable(self._items)
        if len(self.events) < len(self._items):
            self._set_unreadable_aside()
        self.watermarks: Sequence[int] = () if self._service.time is None else self._pace(chunk.runtime.now())

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

    def _pace(self, now_ms: int) -> Sequence[int]:
        topic, times = self.chunk.topic, [event.time for event in self.events]
        if topic not in self._service.relays:
            return self.task.pace(topic.name, times, now_ms)
        return self.task.pace_lanes([relayed_lane(topic, event.data.lane) for event in self.events], times, now_ms)

    @cached_property
    def lane(self) -> str:
        """What facts for a relay (`Service.relays`) name as their lane, when they follow from this chunk's events."""
        return lane_of(self.chunk.topic, self.chunk.partition)

    @cached_property
    def _marks(self) -> Mapping[int, int]:
        return {id(event): mark for event, mark in zip(self.events, self.watermarks, strict=True)}

    def watermark(self, event: Any) -> int:
        """The watermark to process this event of the chunk with, milliseconds. Needs a service with a time."""
        return self._marks[id(event)]

    def record(self, event: Any) -> Record:
        """The record that this event of the chunk was read from."""
        return self.chunk.records[next(index for index, item in enumerate(self._items) if item is event)]

    @cached_property
    def event_time(self) -> int:
        """The watermark after this chunk, milliseconds. Needs a service with a time."""
        return self.task.event_time(self.chunk.runtime.now())

    @cached_property
    def timers(self) -> Timers:
        """Set timers; `fire` calls those that are due."""
        now = self.task.stream_time(self.chunk.runtime.now())
        return Timers(self._service.name, self[DUE], now, self.task.no_timer_before)

    def each(self, rule: Rule | Mapping[Any, Rule], *state: Any) -> None:
        """Ask the rule about every event in order; emit the facts it yields.

        A record whose rule raises leaves a dead letter and nothing else.

        Args:
            rule: called as rule(event, *state); or one rule per fact class, events of other classes pass by.
            state: what the rule works on, usually `tx[table]` and `tx.timers`.
        """
        self._release()
        try:
            kinds = self._ask(asked(rule, self.events), state)
            self._release()
        except EngineError:
            raise
        except Exception:  # noqa: BLE001 -- the second run finds out which record it is about
            self._rollback()
            kinds = self._ask_singly(asked(rule, self.events), state)
        self._count_once(kinds)

    def fire(self, rule: Rule, *state: Any) -> None:
        """Call the rule for timers that are due, earliest first; others wait for the next chunk.

        At most as many fire as earlier chunks have set since the last call, and FIRE_LIMIT more: they do not pile up.
        """
        limit, self.task.timers_set = FIRE_LIMIT + self.task.timers_set, 0
        earliest = self.timers.earliest
        if self.task.has_timer_due(self.event_time) or (earliest is not None and earliest <= self.event_time):
            for event in list(islice(self.timers.due(self.event_time), limit)):
                with self.savepoint(event):
                    self.timers.done(event.data)
                    self._ask([(event, rule)], state)

    def emit(self, fact: Any, *, cause: Any) -> None:
        """Emit one fact by hand; its id, time and correlation follow from the cause."""
        kind = fact.__class__
        count = self._counts.get((cause.event_id, kind), 0)
        self._counts[cause.event_id, kind] = count + 1
        topic = self._service.target(kind.__name__)
        self._outbox.loose(topic).append(topic.derive(cause, fact, count))

    @contextmanager
    def savepoint(self, event: Any) -> Iterator[None]:
        """What happens inside is undone if it raises, and the event becomes a dead letter."""
        self._release()
        try:
            yield
            self._release()
        except EngineError:
            raise
        except Exception as error:  # noqa: BLE001 -- whatever a rule raises is about its event
            self._rollback()
            self._set_aside(event, error)

    def work(self) -> Work:
        """What the committer gets."""
        self._release()
        changes = {table: rows.changes() for table, rows in self._rows.items() if rows.changes()}
        if DUE in changes:
            self.task.timers_changed(self.timers)
        if self._service.time is not None:
            changes[WATERMARK] = {"": self.task.watermark(self.chunk.runtime.now())}
        fired = self.timers.fired if DUE in changes else 0
        skipped = sum(item is None for item in self._items)
        return Work(self.chunk, changes, self._outbox.outputs, self._dead, skipped, fired)

    def _ask(self, pairs: Iterable[tuple[Any, Rule]], state: tuple[Any, ...]) -> set[type]:
        """Collect what rules yield; returns its types. The hot path: a look-up per fact, a count only for a second."""
        routes: dict[type, tuple[Callable[..., tuple[bytes, Any]], Callable[[tuple[bytes, Any]], None]]] = {}
        for event, rule in pairs:
            first: type | None = None
            counts: dict[type, int] | None = None
            for fact in rule(event, *state) or ():
                kind = fact.__class__
                try:
                    derive, append = routes[kind]
                except KeyError:
                    derive, append = routes[kind] = self._route(kind)
                if first is None:
                    first, count = kind, 0
                else:
                    if counts is None:
                        counts = {first: 1}
                    count = counts.get(kind, 0)
                    counts[kind] = count + 1
                append(derive(event, fact, count))
        return set(routes)

    def _ask_singly(self, pairs: Iterable[tuple[Any, Rule]], state: tuple[Any, ...]) -> set[type]:
        kinds: set[type] = set()
        for event, rule in pairs:
            with self.savepoint(event):
                kinds |= self._ask([(event, rule)], state)
        return kinds

    def _route(self, kind: type) -> tuple[Callable[..., tuple[bytes, Any]], Callable[[tuple[bytes, Any]], None]]:
        topic = self._service.target(kind.__name__)
        return topic.derive, self._outbox.loose(topic).append

    def _count_once(self, kinds: set[type]) -> None:
        """A fact's id counts the facts of its type and cause, within one pass over the chunk."""
        if kinds & self._kinds:
            names = sorted(kind.__name__ for kind in kinds & self._kinds)
            raise EngineError(f"two passes over one chunk emitted {names}: their ids would collide; use one rule")
        self._kinds |= kinds

    def _release(self) -> None:
        """The savepoint holds. What cannot be written comes first: it never was."""
        if self._careful:
            for rows in self._rows.values():
                rows.refuse_too_large()
        self._outbox.release()
        for rows in self._rows.values():
            rows.release()

    def _rollback(self) -> None:
        self._outbox.rollback()
        for rows in self._rows.values():
            rows.rollback()

    def _set_unreadable_aside(self) -> None:
        for record, item in zip(self.chunk.records, self._items, strict=True):
            if isinstance(item, Exception):
                self._dead.append(of_record(self.chunk, record, item))

    def _set_aside(self, event: Any, error: Exception) -> None:
        if isinstance(event, TimerEvent):
            self.timers.done(event.data)
            self._release()
            self._dead.append(of_timer(self.chunk, event, error))
        else:
            self._dead.append(of_record(self.chunk, self.record(event), error))
