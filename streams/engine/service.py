"""A service's edges as data: what it reads, what it remembers, what it emits.

Topics are created from it, the transaction refuses what it does not declare, and the graph of the whole shop is drawn
from it. `app.py` turns it into a Faust app; `driver.py` runs it without a broker.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import msgspec

from streams.engine.errors import EdgeNotDeclaredError, OutsideTransactionError, TopologyError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from streams.windows.watermarks import Bounds

V = TypeVar("V")

DEAD_LETTERS = "dead-letters"


class Record(Protocol):
    """What `Topic.read` is given: one Kafka record of a known partition."""

    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...  # milliseconds, the broker's or the producer's clock
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


class Topic(Protocol):
    """All that the engine knows of a pipe: `streams/topics.py` has the shop's, a benchmark brings its own."""

    @property
    def name(self) -> str: ...
    @property
    def partitions(self) -> int: ...
    @property
    def config(self) -> Mapping[str, str]: ...  # Kafka topic settings
    @property
    def events(self) -> Mapping[Any, Callable[[Any], str]]: ...  # fact class -> key of such a fact

    def read(self, partition: int, records: Sequence[Record]) -> Sequence[Any]:
        """One item per record: an event, an exception that names what is wrong, or None for a type unknown here."""
        ...

    def derive(self, cause: Any, fact: Any, n: int) -> tuple[bytes, Any]:
        """The key and the event of the n-th fact of its type that `cause` led to: the same for the same arguments."""
        ...

    def write(self, events: Sequence[Any]) -> Sequence[bytes]:
        """The values of events, in order."""
        ...


@dataclass(frozen=True, eq=False)
class Table(Generic[V]):
    """Rows of one type, keyed by str, partitioned as the topics that feed them.

    Args:
        name: unique within the service; part of every changelog key, so renaming it forgets the rows.
        row: what a row is: a frozen msgspec Struct, or anything that msgspec encodes as JSON.
        default: makes the value that `rows[key]` reads for a key never written; None: a KeyError.
    """

    name: str
    row: Any
    default: Callable[[], V] | None = None
    decode: Callable[[bytes], V] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.name or "/" in self.name or "\0" in self.name:
            raise TopologyError(f"a table's name may not be empty or contain '/' or NUL: {self.name!r}")
        object.__setattr__(self, "decode", msgspec.json.Decoder(self.row).decode)

    @property
    def prefix(self) -> str:
        """What every key of this table begins with, in the store and in the changelog."""
        return f"{self.name}/"

    def __setitem__(self, key: str, value: V) -> None:
        raise OutsideTransactionError(f"write tx[{self.name}][{key!r}] inside a transaction, not the table itself")

    def __getitem__(self, key: str) -> V:
        raise OutsideTransactionError(f"read tx[{self.name}][{key!r}] inside a transaction, or ask the web view")


def lane_of(topic: Topic, partition: int) -> str:
    """What the facts that follow from a partition's events name as their lane."""
    return f"{topic.name}/{partition}"


def relayed_lane(topic: Topic, lane: str) -> str:
    """The name of a lane within one relay: a source of event time."""
    return f"{topic.name}<{lane}"


@dataclass(frozen=True, eq=False)
class Service:
    """One consumer group: its name, the topics it reads, the tables it remembers, the topics it emits to.

    All topics that a service reads have the same number of partitions: the partition is its unit of state.

    `relays`: topics that it writes for itself, to bring events to another key, each with the topics that feed it. A
    partition of a relay is written by all tasks, some of which may be hours ahead of others in event time; so every
    fact on it has a field `lane`, which the rule is told by `Transaction.lane`, and each lane counts for itself in the
    watermark. Without that, the slower tasks' events would be late.
    """

    name: str
    reads: Sequence[Topic]
    remembers: Sequence[Table[Any]] = ()
    emits: Sequence[Topic] = ()
    time: Bounds | None = None  # how far its sources' event times are trusted; None: it has no timers and no windows
    relays: Mapping[Topic, Sequence[Topic]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.reads:
            raise TopologyError(f"{self.name} reads nothing")
        counts = {topic.name: topic.partitions for topic in self.reads}
        if len(set(counts.values())) > 1:
            raise TopologyError(f"{self.name} reads topics of different partition counts: {counts}")
        names = [table.name for table in self.remembers]
        if len(set(names)) < len(names):
            raise TopologyError(f"{self.name} declares a table name twice: {names}")

    @property
    def partitions(self) -> int:
        """How many partitions each topic has that this service reads, hence how many tasks there are."""
        return self.reads[0].partitions

    @cached_property
    def lanes(self) -> Sequence[str]:
        """The sources of event time: each topic, but of a relay each partition of the topics that feed it."""
        fed = ((topic, feeder) for topic, feeders in self.relays.items() for feeder in feeders)
        relayed = [relayed_lane(topic, lane_of(feeder, n)) for topic, feeder in fed for n in range(self.partitions)]
        return [topic.name for topic in self.reads if topic not in self.relays] + relayed

    @property
    def changelog(self) -> str:
        """The topic that holds every row of every table, keyed `table/key`, compacted."""
        return f"{self.name}-changelog"

    def source(self, name: str) -> Topic:
        """The topic that this service reads under that name."""
        for topic in self.reads:
            if topic.name == name:
                return topic
        raise EdgeNotDeclaredError(f"{self.name} does not read {name!r}")

    def target(self, event_type: str) -> Topic:
        """The topic that events of this type are emitted to."""
        topic = self._targets.get(event_type)
        if topic is None:
            raise EdgeNotDeclaredError(f"{self.name} emits no topic that carries {event_type}")
        return topic

    @cached_property
    def _targets(self) -> dict[str, Topic]:
        return {fact.__name__: topic for topic in self.emits for fact in topic.events}
