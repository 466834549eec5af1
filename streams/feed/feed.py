"""The whole feed in one pipe: visits, repeated, belated, in time, shuffled, encoded, with junk between.

Every stage draws from its own generator, so that turning one knob leaves the others' choices as they were.
"""

from __future__ import annotations

from itertools import count
from random import Random
from typing import TYPE_CHECKING

from streams.feed import disorder
from streams.feed.junk import junk
from streams.feed.record import Draft, FeedRecord, stamp
from streams.feed.shop import Shop
from streams.feed.summary import Summary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streams.feed.options import FeedOptions


def feed(options: FeedOptions, summary: Summary | None = None) -> Iterator[FeedRecord]:
    """The shop's records in publishing order; `summary` grows as they are read. Same options, same bytes."""
    return _Feed(options, summary or Summary()).records()


class _Feed:
    def __init__(self, options: FeedOptions, summary: Summary) -> None:
        self._options = options
        self._summary = summary
        self._numbers = count(1)
        self._late = self._random("late")
        self._repeats = self._random("repeated")
        self._shop = Shop(options, self._random("shop"), summary.traits)

    def records(self) -> Iterator[FeedRecord]:
        options, random = self._options, self._random("junk")
        for draft in self._drafts():
            self._summary.by_topic[draft.topic] += 1
            self._summary.by_type[draft.event_type] += 1
            yield draft.encode(options.start)
            if random.random() < options.malformed:
                yield self._junk(random, draft)

    def _drafts(self) -> Iterator[Draft]:
        options, traits = self._options, self._summary.traits
        in_time = disorder.timeline((at, self._spoil(visit)) for at, visit in self._visits())
        last = 0.0
        for draft in disorder.shuffled(in_time, options.out_of_order, self._random("shuffled"), traits):
            last = draft.at
            yield draft
        yield from disorder.timeline([(last, self._spoil(self._shop.closing(last)))])

    def _visits(self) -> Iterator[tuple[float, Iterator[Draft]]]:
        """Visitors come by chance, `orders_per_second` of them (a Poisson process)."""
        yield 0.0, self._shop.opening()
        random, at = self._random("arrivals"), 0.0
        for number in range(1, self._options.orders + 1):
            at += random.expovariate(self._options.orders_per_second)
            yield at, self._shop.visit(number, at)

    def _spoil(self, drafts: Iterable[Draft]) -> Iterator[Draft]:
        options, traits = self._options, self._summary.traits
        belated = disorder.belated(self._named(drafts), options.late, self._late, traits)
        return disorder.repeated(belated, options.duplicates, self._repeats, self._name, traits)

    def _named(self, drafts: Iterable[Draft]) -> Iterator[Draft]:
        for draft in drafts:
            draft.event_id = self._name()
            yield draft

    def _name(self) -> str:
        return f"E-{self._options.run}{self._options.seed}-{next(self._numbers):07d}"

    def _junk(self, random: Random, after: Draft) -> FeedRecord:
        name = f"J-{self._options.run}{self._options.seed}-{self._summary.junk.total():06d}"
        topic, value, kind = junk(random, name, stamp(self._options.start, after.at))
        self._summary.by_topic[topic] += 1
        self._summary.junk[kind] += 1
        return FeedRecord(topic, name.encode(), value, after.at)

    def _random(self, stage: str) -> Random:
        return Random(f"{self._options.seed}/{stage}")  # noqa: S311 - repeatable, not secret
