"""No stream arrives as it happened. Three small stages, each a probability: repeated, belated, shuffled.

`timeline` between them brings the drafts of overlapping visits into the order of publishing.
"""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable, Iterator
    from random import Random

    from streams.feed.record import Draft

RETRY_SECONDS = (0.05, 10.0)
LATE_SECONDS = (60.0, 4 * 3600.0)
LATE_OCTAVES = 8
"""Lateness is spread evenly over its logarithm: minutes are as likely as hours."""
LONGEST_DETOUR = 20
"""How many records may overtake one that is held back."""


def repeated(
    drafts: Iterable[Draft], share: float, random: Random, name: Callable[[], str], traits: Counter[str]
) -> Iterator[Draft]:
    """A producer that retries: some records come again, half of them under another event id."""
    for draft in drafts:
        yield draft
        if random.random() < share:
            traits["repeated"] += 1
            event_id = draft.event_id if random.random() < 0.5 else name()
            yield draft.again(at=draft.at + random.uniform(*RETRY_SECONDS), event_id=event_id)


def belated(drafts: Iterable[Draft], share: float, random: Random, traits: Counter[str]) -> Iterator[Draft]:
    """A device that was offline: some records happened minutes to hours before they are published."""
    shortest, longest = LATE_SECONDS
    for draft in drafts:
        if draft.at > 0 and random.random() < share:
            traits["late"] += 1
            draft.time -= shortest * (longest / shortest) ** random.random()
        yield draft


def timeline(visits: Iterable[tuple[float, Iterable[Draft]]]) -> Iterator[Draft]:
    """Drafts in the order of `at`. A visit is (second, drafts), no draft before its second, seconds rising."""
    waiting: list[tuple[float, int, Draft]] = []
    arrival = count()
    for now, drafts in visits:
        while waiting and waiting[0][0] <= now:
            yield heappop(waiting)[2]
        for draft in drafts:
            heappush(waiting, (draft.at, next(arrival), draft))
    while waiting:
        yield heappop(waiting)[2]


def shuffled(drafts: Iterable[Draft], share: float, random: Random, traits: Counter[str]) -> Iterator[Draft]:
    """Some records are held back and published a few records later; their event time stays."""
    held: list[tuple[int, int, Draft]] = []
    now = 0.0
    for place, draft in enumerate(drafts):
        if draft.at > 0 and random.random() < share:
            traits["out of order"] += 1
            heappush(held, (place + random.randint(1, LONGEST_DETOUR), place, draft))
            continue
        now = draft.at
        yield draft
        while held and held[0][0] <= place:
            yield _at(now, heappop(held)[2])
    for _, _, draft in sorted(held):
        now = max(now, draft.at)
        yield _at(now, draft)


def _at(now: float, draft: Draft) -> Draft:
    draft.at = now
    return draft
