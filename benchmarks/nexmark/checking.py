"""A query under the broker-free driver against the brute-force answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.nexmark.brute import BRUTE, Said
from benchmarks.nexmark.language import answers, events
from benchmarks.nexmark.service import build
from streams.engine.driver import Driver

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.nexmark.queries import Query
    from streams.events.base import Event

SILENCE_S = 60  # longer than any window


class WrongAnswerError(AssertionError):
    """The engine and the brute force do not agree."""


def check(query: Query, history: Sequence[Event[Any]], chunk_records: int = 500) -> int:
    """Ask both; how many answers there are. Raises WrongAnswerError."""
    with Driver([build(query)], chunk_records=chunk_records) as house:
        for event in history:
            house.send(events, events.write([event])[0], key=b"house")
        house.run()
        for _ in range(2):
            house.clock.advance(SILENCE_S)
            house.run()
        said = house.read(answers)
    compare(query.number, said, history)
    return len(said)


def compare(number: int, said: Sequence[Event[Any]], history: Sequence[Event[Any]]) -> None:
    """Raises WrongAnswerError unless each answer was given once, and is the right one."""
    found, expected = as_set(said), BRUTE[number](history)
    if found != expected or len(found) != len(said):
        missing, wrong = sorted(expected - found)[:3], sorted(found - expected)[:3]
        raise WrongAnswerError(f"query {number}: {len(said)} answers; missing {missing}, wrong {wrong}")


def as_set(said: Iterable[Event[Any]]) -> Said:
    """Answers as the brute force gives them."""
    return {(one.data.key, one.data.start, one.data.end, tuple(one.data.values)) for one in said}
