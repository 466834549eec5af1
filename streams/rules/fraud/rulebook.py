"""How a change of rule takes effect at a place of its own in every partition's log, so that a replay repeats it.

`fraud-rules` is keyed by rule, so one partition hears of a change. It is spread from there: a copy for each partition
of the topics of hop two, under a made-up key that leads to it. What a copy reaches keeps the rule set in a row. The
customers' copies count for hop one, too: at the card it is only measured which rules match. Which of them speak is
decided at the terminal, by the rule set of the terminal's own log; so the verdict follows from that log alone.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from streams.events.base import Event, Fact, Id, quick
from streams.events.fraud import FraudRuleChanged
from streams.rules import Rows
from streams.rules.fraud.facts import Spoken
from streams.rules.fraud.live import NO_RULES, SPEAKING, Rule, RuleSet, changed, problems

ASKING, DECIDING = "asking", "deciding"
"""Rows of a partition: the rules that cards and customers are measured with, and those that decide."""


class InvalidRuleError(ValueError):
    """A rule that makes no sense; the message says why, and what would."""


class RuleAtCustomers(Fact):
    """A change of rule, for one partition of hop one; `customer_id` only leads there."""

    customer_id: Id
    rule: FraudRuleChanged


class RuleAtTerminals(Fact):
    """A change of rule, for one partition of hop two; `terminal_id` only leads there."""

    terminal_id: Id
    rule: FraudRuleChanged


at_customers, at_terminals = quick(RuleAtCustomers), quick(RuleAtTerminals)


class RuleBook(NamedTuple):
    """The rule set of one partition, as it is at this place in the stream."""

    sets: Rows[RuleSet]
    place: str

    @property
    def now(self) -> RuleSet:
        return self.sets.get(self.place) or NO_RULES

    @property
    def rules(self) -> dict[str, Rule]:
        return self.now.rules

    @property
    def speaking(self) -> dict[str, tuple[Rule, ...]]:
        return self.now.speaking


Rules = RuleSet | RuleBook


def check(rule: FraudRuleChanged) -> None:
    """Raises InvalidRuleError: the rule must not enter."""
    found = problems(rule)
    if found:
        raise InvalidRuleError(f"rule {rule.rule_id}: {'; '.join(found)}")


def spread(event: Event[FraudRuleChanged], keys: Sequence[str]) -> Iterator[Fact]:
    """Send a change of rule to every partition. `keys`: one that leads to each. Raises InvalidRuleError."""
    check(event.data)
    for key in keys:
        yield at_customers(customer_id=key, rule=event.data)
        yield at_terminals(terminal_id=key, rule=event.data)


class Desk(Protocol):
    """Where rules are in force: the desk of either hop."""

    @property
    def rules(self) -> Rules: ...


def enter(event: Event[RuleAtCustomers] | Event[RuleAtTerminals], desk: Desk) -> None:
    """From here on in this log, the rule is as the event says."""
    book = desk.rules
    assert isinstance(book, RuleBook), "these rules are a value, and stay as they are"
    book.sets[book.place] = changed(book.now, event.data.rule)


def in_force(rules: Rules, words: tuple[Spoken, ...]) -> tuple[Spoken, ...]:
    """What hop one heard of rules that are, in that version, in force here."""
    if not words:
        return ()
    known = rules.rules
    return tuple(word for word in words if _speaks(known.get(word.rule_id), word.version))


def _speaks(rule: Rule | None, version: int) -> bool:
    return rule is not None and rule.version == version and rule.state in SPEAKING
