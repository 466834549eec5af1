"""Runs a rule over recorded attempts and says what it would have caught. The arithmetic: streams/rules/fraud."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agents.cli.reach import reach
from agents.cli.recorded import events_of
from streams import topics
from streams.events.base import EPOCH, MILLISECOND
from streams.rules.fraud.backtest import Caught, back_test
from streams.rules.fraud.live import MINUTE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from streams.events.base import Event
    from streams.events.fraud import FraudRuleChanged
    from streams.settings import Kafka

ALWAYS = 2**62  # milliseconds: later than every event


def milliseconds(moment: datetime | None, otherwise: int) -> int:
    """Event time in milliseconds of a moment, or another number where none was given."""
    return otherwise if moment is None else (moment - EPOCH) // MILLISECOND


async def run(kafka: Kafka, rules: Iterable[FraudRuleChanged], start: int, end: int) -> list[Caught]:
    """What each rule would have caught of the attempts with `start` <= event time < `end`, milliseconds.

    A rule is shown the attempts of one window before, so that it begins as if it had been on.
    """
    await reach(kafka)
    connection = kafka.client_arguments()
    labels = {
        event.data.transaction_id: event.data.fraud for event in await events_of(connection, topics.transaction_labels)
    }
    attempts = once(await events_of(connection, topics.transactions))
    return [back_test(rule, _shown(attempts, rule, start, end), labels, since=start) for rule in rules]


def once(attempts: Iterable[Event[Any]]) -> list[Event[Any]]:
    """Each transaction's first attempt, in event-time order: what the service answers."""
    first: dict[str, Event[Any]] = {}
    for attempt in attempts:
        first.setdefault(attempt.data.transaction_id, attempt)
    return sorted(first.values(), key=lambda attempt: attempt.time)


def _shown(attempts: Iterable[Event[Any]], rule: FraudRuleChanged, start: int, end: int) -> Iterator[Event[Any]]:
    begin = start - rule.window_minutes * MINUTE
    return (attempt for attempt in attempts if begin <= attempt.time < end)


def lines(caught: Caught) -> Iterator[tuple[str, str]]:
    """The answer, in a handful of lines."""
    missed = caught.all_frauds - caught.frauds
    unlabelled = caught.matched - caught.frauds - caught.genuine
    yield "attempts", f"{caught.attempts:,}, of them {caught.all_frauds:,} labelled as fraud"
    yield "matched", f"{caught.matched:,}, of them {unlabelled:,} without a label"
    yield "caught", f"{caught.frauds:,} frauds worth {caught.saved / 100:,.2f}"
    yield "missed", f"{missed:,} frauds"
    yield "false alarms", f"{caught.genuine:,} worth {caught.disturbed / 100:,.2f}"
    yield "precision", share(caught.precision)
    yield "recall", share(caught.recall)


def share(value: float | None) -> str:
    """`0.931`, or a dash where there is nothing to divide by."""
    return "-" if value is None else f"{value:.3f}"
