"""The queries, each a windowed aggregation and what it says of the windows that closed together."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.nexmark.language import Answer, Auction, Bid, Person, answers, events
from streams.engine import Service, Table
from streams.events.base import quick
from streams.windows import Aggregation, Bounds, Count, Hopping, Late, Max, Result, Session, Tumbling, Windowed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from streams.events.base import Event

SECOND = 1_000
SIZE_MS, STEP_MS = 10 * SECOND, 5 * SECOND  # as in Apache Beam's suite
TRUST = Bounds(disorder_ms=SECOND, idle_ms=5 * SECOND, clock_when_idle=True)
answer = quick(Answer)
Sample = tuple[str, Any]  # key and value to be counted


class Met(Aggregation[str | None, tuple[str | None, int], tuple[str, int] | None]):
    """A person's name, once registered, and how many auctions she opened."""

    accumulator = tuple[str | None, int]

    def initialize(self) -> tuple[str | None, int]:
        return None, 0

    def add(self, accumulator: tuple[str | None, int], value: str | None) -> tuple[str | None, int]:
        name, opened = accumulator
        return (name, opened + 1) if value is None else (value, opened)

    def merge(self, left: tuple[str | None, int], right: tuple[str | None, int]) -> tuple[str | None, int]:
        return left[0] or right[0], left[1] + right[1]

    def result(self, accumulator: tuple[str | None, int]) -> tuple[str, int] | None:
        name, opened = accumulator
        return (name, opened) if name is not None and opened else None


class Query(NamedTuple):
    """Reads facts of these types as samples; `conclude` is asked for all results of windows that end together."""

    number: int
    windowed: Windowed
    samples: Mapping[type, Callable[[Any], Sample]]
    conclude: Callable[[Sequence[Result]], Iterable[Answer]]

    @property
    def table(self) -> Table[Any]:
        return Table(f"q{self.number}", self.windowed.row)


def _hottest(results: Sequence[Result]) -> Iterator[Answer]:
    """The auctions with the most bids in the window."""
    most = max(result.value for result in results)
    found = [result.key for result in results if result.value == most]
    yield _said("hot", results[0], (most, *found))


def _each(results: Sequence[Result]) -> Iterator[Answer]:
    for result in results:
        if result.value is not None:
            yield _said(result.key, result, result.value if isinstance(result.value, list | tuple) else (result.value,))


def _said(key: str, result: Result, values: Sequence[str | int]) -> Answer:
    return answer(key=key, start=result.window.start, end=result.window.end, values=tuple(values))


QUERIES = {
    query.number: query
    for query in (
        Query(5, Windowed(Hopping(SIZE_MS, STEP_MS), Count()), {Bid: lambda bid: (bid.auction_id, None)}, _hottest),
        Query(
            7,
            Windowed(Tumbling(SIZE_MS), Max()),
            {Bid: lambda bid: ("highest", [bid.price, bid.auction_id, bid.bidder_id])},
            _each,
        ),
        Query(
            8,
            Windowed(Tumbling(SIZE_MS), Met()),
            {
                Person: lambda person: (person.person_id, person.name),
                Auction: lambda auction: (auction.seller_id, None),
            },
            _each,
        ),
        Query(11, Windowed(Session(SIZE_MS), Count()), {Bid: lambda bid: (bid.bidder_id, None)}, _each),
    )
}


class Collector:
    """The rules of a query over one chunk: counts samples, keeps what closes until the chunk is done."""

    def __init__(self, query: Query) -> None:
        self.late: list[Late] = []
        self.closed: dict[tuple[str, int, int], Result] = {}
        self._process = query.windowed.process
        self.rules = {fact: self._rule(sample) for fact, sample in query.samples.items()}

    def _rule(self, sample: Callable[[Any], Sample]) -> Callable[..., None]:
        def count(event: Event[Any], rows: Any, watermark: Callable[[Any], int]) -> None:
            key, value = sample(event.data)
            said = self._process(event.time, key, value, rows, watermark(event))
            if said:
                self.take(said)

        return count

    def take(self, said: Iterable[Result | Late]) -> None:
        """Keep results, each once even if the chunk is gone through twice."""
        for one in said:
            if isinstance(one, Late):
                self.late.append(one)
            else:
                self.closed[one.key, one.window.start, one.window.end] = one

    def groups(self) -> Iterator[list[Result]]:
        """Results that ended together."""
        for _, group in groupby(self.closed.values(), key=lambda result: result.window.end):
            yield list(group)


def declare(query: Query, table: Table[Any]) -> Service:
    """The service of a query."""
    return Service(f"nexmark-q{query.number}", reads=[events], remembers=[table], emits=[answers], time=TRUST)
