"""The queries' answers from the whole history at once, in plain Python: what the engine must agree with."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from benchmarks.nexmark.queries import SIZE_MS, STEP_MS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from streams.events.base import Event

Said = set[tuple[str, int, int, tuple[Any, ...]]]  # key, start, end, values


def hot_items(history: Sequence[Event[Any]]) -> Said:
    """Query 5: the auctions with the most bids of each hopping window."""
    bids: dict[int, Counter[str]] = defaultdict(Counter)
    for event in of("Bid", history):
        last = event.time - event.time % STEP_MS
        for start in range(last - SIZE_MS + STEP_MS, last + 1, STEP_MS):
            bids[start][event.data.auction_id] += 1
    return {("hot", start, start + SIZE_MS, _top(counts)) for start, counts in bids.items()}


def _top(counts: Counter[str]) -> tuple[Any, ...]:
    most = max(counts.values())
    return most, *sorted(auction for auction, count in counts.items() if count == most)


def highest_bid(history: Sequence[Event[Any]]) -> Said:
    """Query 7: the highest bid of each tumbling window."""
    bids: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for event in of("Bid", history):
        bids[event.time // SIZE_MS].append((event.data.price, event.data.auction_id, event.data.bidder_id))
    return {("highest", at * SIZE_MS, (at + 1) * SIZE_MS, max(made)) for at, made in bids.items()}


def new_sellers(history: Sequence[Event[Any]]) -> Said:
    """Query 8: who registered and opened auctions in the same tumbling window."""
    opened = Counter((event.data.seller_id, event.time // SIZE_MS) for event in of("Auction", history))
    return {
        (event.data.person_id, at * SIZE_MS, (at + 1) * SIZE_MS, (event.data.name, opened[event.data.person_id, at]))
        for event in of("Person", history)
        if opened[event.data.person_id, at := event.time // SIZE_MS]
    }


def user_sessions(history: Sequence[Event[Any]]) -> Said:
    """Query 11: how many bids each person made in each session."""
    times: dict[str, list[int]] = defaultdict(list)
    for event in of("Bid", history):
        times[event.data.bidder_id].append(event.time)
    found: Said = set()
    for bidder, made in times.items():
        made.sort()
        cuts = [at for at in range(1, len(made)) if made[at] - made[at - 1] >= SIZE_MS]
        for low, high in zip([0, *cuts], [*cuts, len(made)], strict=True):
            found.add((bidder, made[low], made[high - 1] + SIZE_MS, (high - low,)))
    return found


def of(kind: str, history: Iterable[Event[Any]]) -> Iterable[Event[Any]]:
    return (event for event in history if event.event_type == kind)


BRUTE: dict[int, Callable[[Sequence[Event[Any]]], Said]] = {
    5: hot_items,
    7: highest_bid,
    8: new_sellers,
    11: user_sessions,
}
