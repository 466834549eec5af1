"""Makes the auction house's events: the proportions and skews of Apache Beam's generator, from a seeded Random.

Of 50 events one is a person, three are auctions, 46 are bids. Half of the bids go to one hot auction, three of four
come from hot bidders; everybody else deals in what is recent. Events are out of order by less than `DISORDER_MS`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from benchmarks.nexmark.language import Auction, Bid, Person
from streams.events.base import EPOCH, Event, event_of, quick

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

PEOPLE, AUCTIONS, ROUND = 1, 3, 50
START_MS = 1_700_000_000_000 - 86_400_000  # a day before the driver's clock begins
EVENTS_PER_SECOND = 1_000  # of event time: a window closes every few thousand events
DISORDER_MS = 200
HOT, RECENT = 100, 1_000  # every so many ids one is hot; others are among the last so many
CITIES = ("Bend", "Boise", "Kent", "Portland", "Redmond", "Seattle")
person, auction, bid = quick(Person), quick(Auction), quick(Bid)


def generate(count: int, random: Random) -> Iterator[Event[Any]]:
    """So many events in the order of their arrival."""
    for number in range(count):
        early = random.randrange(DISORDER_MS)
        moment = EPOCH + timedelta(milliseconds=START_MS + number * 1_000 // EVENTS_PER_SECOND + DISORDER_MS - early)
        yield event_of(_fact(number, random), f"n{number}", moment)


def _fact(number: int, random: Random) -> Any:
    turn, at = divmod(number, ROUND)
    people, sold = turn * PEOPLE + 1, turn * AUCTIONS + 1
    if at < PEOPLE:
        return person(person_id=f"p{people - 1}", name=f"Person {people}", city=random.choice(CITIES))
    if at < PEOPLE + AUCTIONS:
        seller = f"p{_pick(people, 0.75, random)}"
        return auction(auction_id=f"a{sold + at - 2}", seller_id=seller, item="thing", reserve=random.randrange(1_000))
    bidder = f"p{_pick(people, 0.75, random)}"
    return bid(auction_id=f"a{_pick(sold, 0.5, random)}", bidder_id=bidder, price=int(100 * 10 ** random.uniform(0, 6)))


def _pick(known: int, hot: float, random: Random) -> int:
    """One of so many ids: the last hot one, or any of the recent ones."""
    if random.random() < hot:
        return (known - 1) // HOT * HOT
    return random.randrange(max(0, known - RECENT), known)
