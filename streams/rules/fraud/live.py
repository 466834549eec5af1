"""Rules that analysts write while the shop runs, evaluated beside the model: an aggregate of a field over a window.

An active rule that matches adds its weight to the log-odds and is named in the verdict; a shadow rule is only
counted. A window is a few slots in one row per rule and group, so what a rule remembers is bounded; a window's edge is
exact to one slot. A new version that measures the same goes on with its windows, so a rule that was in shadow knows
its past when it is switched on. How a change reaches every partition: `rulebook.py`. Trying a rule: `backtest.py`.
"""

from collections.abc import Iterable, Mapping
from operator import eq, ge, gt, le, lt, ne
from typing import TYPE_CHECKING, Final
from zlib import crc32

from msgspec import Struct

from streams.events.base import quick, twin
from streams.events.fraud import FraudRuleChanged
from streams.events.payments import TransactionAttempted
from streams.rules import Rows
from streams.rules.fraud.facts import CardAssessed, Spoken

SLOTS: Final = 24  # of a window: its edge is exact to one part in 24
MOST_SEEN: Final = 64  # different values counted in a slot
MOST_WEIGHT: Final = 20.0  # log-odds: no rule need be surer than the model can be
MINUTE: Final = 60_000
CENTS: Final = 100.0
AMOUNT: Final = "amount"
FIELDS: Final = (AMOUNT, "card_id", "terminal_id", "customer_id")
OPERATORS: Final = {">": gt, ">=": ge, "<": lt, "<=": le, "==": eq, "!=": ne}
SPEAKING: Final = ("active", "shadow")

if TYPE_CHECKING:
    Rule = FraudRuleChanged
else:
    Rule = twin(FraudRuleChanged)  # rule sets are rows, and rows hold what the wire reads

spoken = quick(Spoken)


class Slot(Struct, frozen=True, array_like=True, gc=False):
    """One part of a window; `seen` holds hashes of different values."""

    at: int
    count: int = 0
    total: float = 0.0
    peak: float = 0.0
    seen: tuple[int, ...] = ()


class Window(Struct, frozen=True, array_like=True, gc=False):
    """A rule's memory of one group: the slots that are not empty, newest first."""

    slots: tuple[Slot, ...] = ()


class RuleSet(Struct, frozen=True, gc=False):
    """The rules in force by id, deleted ones too (their versions still count), and those that speak, by group."""

    rules: dict[str, Rule]
    speaking: dict[str, tuple[Rule, ...]]


NO_RULES: Final = RuleSet({}, {})


def changed(rules: RuleSet, change: FraudRuleChanged) -> RuleSet:
    """The rule set after a change. An older version than the one in force changes nothing."""
    known = rules.rules.get(change.rule_id)
    if known is not None and known.version > change.version:
        return rules
    current = {**rules.rules, change.rule_id: change}
    speaking: dict[str, tuple[FraudRuleChanged, ...]] = {}
    for rule in sorted(current.values(), key=lambda rule: rule.rule_id):
        if rule.state in SPEAKING:
            speaking[rule.group_by] = (*speaking.get(rule.group_by, ()), rule)
    return RuleSet(current, speaking)


def problems(rule: FraudRuleChanged) -> list[str]:
    """What is wrong with a rule, in sentences for the analyst; empty when it may enter."""
    found = []
    if rule.field not in FIELDS:
        found.append(f"field {rule.field!r} is unknown: use one of {', '.join(FIELDS)}")
    elif rule.aggregate in ("sum", "mean", "max") and rule.field != AMOUNT:
        found.append(f"{rule.aggregate} of {rule.field} is no number: use field {AMOUNT!r}, or distinct")
    elif rule.aggregate == "distinct" and rule.field == AMOUNT:
        found.append(f"distinct of {AMOUNT} is not counted: use it with card_id, terminal_id or customer_id")
    elif rule.aggregate == "distinct" and rule.field == rule.group_by:
        found.append(f"each {rule.group_by} has exactly one {rule.field}: distinct must count another field")
    if rule.limit < 0:
        found.append("limit is below zero: no aggregate ever is")
    if abs(rule.weight) > MOST_WEIGHT:
        found.append(f"weight lies between -{MOST_WEIGHT:g} and {MOST_WEIGHT:g}, in log-odds; 2 is much")
    if not rule.text.strip():
        found.append("text is empty: a verdict must say why")
    return found


def heard(
    rules: Iterable[FraudRuleChanged], windows: Rows[Window], now: int, fields: Mapping[str, object]
) -> tuple[Spoken, ...]:
    """Show an attempt to rules of one group, and collect what those say that match.

    `fields`: the attempt's, as named in `FIELDS`; the amount in minor units, an absent one None.
    """
    words = []
    for rule in rules:
        group = fields.get(rule.group_by)
        value = fields.get(rule.field)
        if group is None or value is None:
            continue
        key = f"{rule.rule_id}/{rule.group_by}/{rule.field}/{rule.window_minutes}/{group}"
        window = observed(windows.get(key) or _EMPTY, rule, now, value)
        windows[key] = window
        if OPERATORS[rule.operator](aggregate(window, rule, now), rule.limit):
            words.append(_word(rule))
    return tuple(words)


def fields_of(attempt: TransactionAttempted | CardAssessed) -> dict[str, object]:
    """What a rule may look at."""
    return {name: getattr(attempt, name) for name in FIELDS}


def _word(rule: FraudRuleChanged) -> Spoken:
    return spoken(
        rule_id=rule.rule_id,
        version=rule.version,
        weight=rule.weight,
        text=rule.text,
        shadow=rule.state == "shadow",
    )


_EMPTY: Final = Window()


def _slot(rule: FraudRuleChanged, now: int) -> int:
    return now * SLOTS // (rule.window_minutes * MINUTE)


def observed(window: Window, rule: FraudRuleChanged, now: int, value: object) -> Window:
    """The window with one more value at `now` ms. What is older than the newest window is left out."""
    at = _slot(rule, now)
    slots = {slot.at: slot for slot in window.slots}
    slots[at] = _counted(slots.get(at) or Slot(at), value)
    newest = max(slots)
    return Window(tuple(slots[n] for n in sorted(slots, reverse=True) if n > newest - SLOTS))


def _counted(slot: Slot, value: object) -> Slot:
    number = value / CENTS if isinstance(value, int) else 0.0
    seen = slot.seen
    if isinstance(value, str):
        mark = crc32(value.encode())
        seen = seen if mark in seen or len(seen) == MOST_SEEN else (*seen, mark)
    return Slot(slot.at, slot.count + 1, slot.total + number, max(slot.peak, number), seen)


def aggregate(window: Window, rule: FraudRuleChanged, now: int) -> float:
    """The rule's aggregate over the window that ends at `now` ms; amounts in units of currency."""
    at = _slot(rule, now)
    slots = [slot for slot in window.slots if at - SLOTS < slot.at <= at]
    count, total = sum(slot.count for slot in slots), sum(slot.total for slot in slots)
    match rule.aggregate:
        case "count":
            return count
        case "sum":
            return round(total, 2)
        case "mean":
            return round(total / count, 2) if count else 0.0
        case "max":
            return max((slot.peak for slot in slots), default=0.0)
        case "distinct":
            return len({mark for slot in slots for mark in slot.seen})
