"""Verdicts on transactions, with score and reasons, and the rules that analysts change while the shop runs."""

from typing import Annotated, Literal

from annotated_types import Ge, Le
from pydantic import Strict

from streams.events.base import Fact, Id, Number, Score, Value, Version

MAX_WINDOW_MINUTES = 366 * 24 * 60
"""A rule looks back a year at most: what it must remember is bounded."""

RuleState = Literal["active", "shadow", "paused", "deleted"]
GroupBy = Literal["card_id", "terminal_id", "customer_id"]
Aggregate = Literal["count", "sum", "mean", "max", "distinct"]
Operator = Literal[">", ">=", "<", "<=", "==", "!="]
WindowMinutes = Annotated[int, Strict(), Ge(1), Le(MAX_WINDOW_MINUTES)]


class Reason(Value):
    """One argument of a verdict: a code for programs, a text for people, and how much it weighed (sign included)."""

    code: str
    text: str
    weight: Number


class RuleRef(Value):
    """A rule that spoke, in the version that spoke."""

    rule_id: Id
    version: Version


class FraudDetected(Fact):
    """The verdict on an attempt: suspicious. `score` is the estimated probability of fraud."""

    transaction_id: Id
    card_id: Id
    order_id: Id | None = None
    score: Score
    reasons: tuple[Reason, ...]
    rules: tuple[RuleRef, ...]
    model_version: str


class FraudCleared(Fact):
    """The verdict on an attempt: not suspicious; or, with `clears`, the detection with that event id was wrong."""

    transaction_id: Id
    card_id: Id
    order_id: Id | None = None
    score: Score
    reasons: tuple[Reason, ...]
    rules: tuple[RuleRef, ...]
    model_version: str
    clears: Id | None = None


class FraudRuleChanged(Fact):
    """A rule from here on in the stream: `aggregate` of `field` per `group_by` over the window, against `limit`.

    Amounts in `limit` are units of currency, as on the wire. A shadow rule is counted, and changes no verdict.
    """

    rule_id: Id
    version: Version
    state: RuleState
    group_by: GroupBy
    aggregate: Aggregate
    field: str
    window_minutes: WindowMinutes
    operator: Operator
    limit: Number
    weight: Number
    text: str
