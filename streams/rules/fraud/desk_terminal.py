"""Hop two, keyed by terminal: score an attempt, decide, and learn from its label.

Exactly one verdict for each assessed attempt, with a score, reasons, rules and the model's version. A label teaches
the forest of this partition with the codes as they were when the attempt was scored; a label that says "genuine"
clears an earlier detection, naming it. Partitions learn alone: what they lose by it is measured in `docs/fraud.md`.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from streams.events.base import Event, Fact, quick
from streams.events.fraud import FraudCleared, FraudDetected, Reason, RuleRef
from streams.rules import Rows
from streams.rules.fraud.card import hashed
from streams.rules.fraud.codes import ratio_code
from streams.rules.fraud.facts import AttemptForgotten, CardAssessed, Spoken, TerminalLabelled
from streams.rules.fraud.features import WIDTH
from streams.rules.fraud.forest import margin, probability
from streams.rules.fraud.lessons import Model, ceiling, taught
from streams.rules.fraud.live import NO_RULES, Window, fields_of, heard
from streams.rules.fraud.quality import Day, Tally, counted, judged
from streams.rules.fraud.reasons import reasons
from streams.rules.fraud.rows import Scored, Terminal
from streams.rules.fraud.rulebook import Rules, in_force
from streams.rules.fraud.terminal import measure, told
from streams.rules.fraud.threshold import log_odds_at

KIND: Final = "forest"
DIGITS: Final = 6  # of a score

detected, cleared = quick(FraudDetected), quick(FraudCleared)
reason, rule_ref = quick(Reason), quick(RuleRef)


class TerminalDesk(NamedTuple):
    """The rows of one partition of terminals, and the rules in force at this place in the stream."""

    terminals: Rows[Terminal]
    scored: Rows[Scored]
    model: Model
    windows: Rows[Window]
    tallies: Rows[Tally]
    days: Rows[Day]
    rules: Rules = NO_RULES


def decide(event: Event[CardAssessed], desk: TerminalDesk) -> Iterator[Fact]:
    """Give the verdict on an attempt."""
    attempt, now = event.data, event.time
    terminal = desk.terminals.get(attempt.terminal_id) or _NEW
    own, desk.terminals[attempt.terminal_id] = measure(
        terminal, now, attempt.amount, hashed(attempt.card_id), attempt.codes
    )
    learner, forest = desk.model.learner(), desk.model.forest()
    codes = bytes((*attempt.codes, *own, ratio_code(attempt.amount, ceiling(learner))))
    log_odds = margin(forest, codes)
    words = in_force(desk.rules, attempt.spoken) + _heard(desk, attempt, now)
    raised = log_odds + _weight(words) if words else log_odds
    suspicious = raised >= log_odds_at(learner.line)
    desk.scored[attempt.transaction_id] = Scored(
        codes,
        log_odds,
        f"{event.event_id}/FraudDetected/0" if suspicious else "",
        attempt.order_id or "",
        _counted(desk, words) if words else (),
    )
    why = reasons(forest, codes, log_odds)
    verdict = detected if suspicious else cleared
    yield verdict(
        transaction_id=attempt.transaction_id,
        card_id=attempt.card_id,
        order_id=attempt.order_id,
        score=round(probability(raised), DIGITS),
        reasons=(*_said(words), *why) if words else why,
        rules=_named(words) if words else (),
        model_version=f"{KIND}-{WIDTH}-{forest.grown}",
    )


def _weight(words: tuple[Spoken, ...]) -> float:
    return sum(word.weight for word in words if not word.shadow)


def _named(words: tuple[Spoken, ...]) -> tuple[RuleRef, ...]:
    return tuple(rule_ref(rule_id=word.rule_id, version=word.version) for word in words if not word.shadow)


def _counted(desk: TerminalDesk, words: tuple[Spoken, ...]) -> tuple[str, ...]:
    """Count the rules that matched, shadow ones too; their names."""
    names = tuple(f"{word.rule_id}@{word.version}" for word in words)
    for name in names:
        counted(desk.tallies, name)
    return names


def _heard(desk: TerminalDesk, attempt: CardAssessed, now: int) -> tuple[Spoken, ...]:
    rules = desk.rules.speaking.get("terminal_id")
    if not rules:
        return ()
    return heard(rules, desk.windows, now, fields_of(attempt))


def _said(words: tuple[Spoken, ...]) -> Iterator[Reason]:
    return (
        reason(code=f"rule:{word.rule_id}", text=word.text, weight=word.weight) for word in words if not word.shadow
    )


def learn(event: Event[TerminalLabelled], desk: TerminalDesk) -> Iterator[Fact]:
    """Take a label in: history, model, the quality of these days; clear what was wrongly detected."""
    truth = event.data
    terminal = desk.terminals.get(truth.terminal_id) or _NEW
    scored = desk.scored.get(truth.transaction_id)
    blame = _blame(desk, truth) if truth.fraud else None
    desk.terminals[truth.terminal_id] = told(terminal, event.time, truth.attempted, blame)
    if scored is None:
        return
    judged(desk.days, desk.tallies, truth, scored)
    if scored.codes:
        taught(desk.model, scored, truth.amount, fraud=truth.fraud)
    if scored.detection and truth.fraud:
        desk.scored[truth.transaction_id] = Scored(b"", scored.score, scored.detection, scored.order_id)
        return
    del desk.scored[truth.transaction_id]
    if scored.detection:
        yield cleared(
            transaction_id=truth.transaction_id,
            card_id=truth.card_id,
            order_id=scored.order_id or None,
            score=0.0,
            reasons=(reason(code="label", text="labelled genuine", weight=-1.0),),
            rules=(),
            model_version=f"{KIND}-{WIDTH}-{desk.model.forest().grown}",
            clears=scored.detection,
        )


def _blame(desk: TerminalDesk, truth: TerminalLabelled) -> float:
    """How far neither the card nor an amount beyond all genuine ones explains a fraud."""
    bound = ceiling(desk.model.learner())
    return 0.0 if 0.0 < bound < truth.amount else truth.blame


def forget(event: Event[AttemptForgotten], desk: TerminalDesk) -> None:
    """Drop what was kept for a label that can come no more."""
    if event.data.transaction_id in desk.scored:
        del desk.scored[event.data.transaction_id]


_NEW: Final = Terminal()
