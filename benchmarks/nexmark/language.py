"""Nexmark's events, in the shop's grammar.

Source: Tucker et al., "NEXMark: A Benchmark for Queries over Data Streams", 2002.
"""

from streams.events.base import Fact, Id, Millis
from streams.topics import Topic


class Person(Fact):
    """Somebody registered."""

    person_id: Id
    name: str
    city: str


class Auction(Fact):
    """Somebody sells something."""

    auction_id: Id
    seller_id: Id
    item: str
    reserve: int


class Bid(Fact):
    """Somebody offers a price."""

    auction_id: Id
    bidder_id: Id
    price: int


class Answer(Fact):
    """What a query says of a window; `values` is what it found, best first."""

    key: Id
    start: Millis
    end: Millis
    values: tuple[str | int, ...]


PARTITIONS = 1
"""Queries 5 and 7 ask for one answer per window over the whole stream: that is one task's work, however it is cut."""

events = Topic("nexmark.events", "person_id", (Person, Auction, Bid), PARTITIONS)
answers = Topic("nexmark.answers", "key", (Answer,), PARTITIONS)
