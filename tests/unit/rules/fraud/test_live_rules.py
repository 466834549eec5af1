"""Analysts' rules: active ones speak in the verdict, shadow ones are only counted, and a change holds from its own
place.
"""

import pytest

from benchmarks.fraud.desks import Desks, attempt, label
from streams.events.fraud import FraudRuleChanged
from streams.rules.fraud.backtest import back_test
from streams.rules.fraud.live import NO_RULES, Window, aggregate, changed, observed, problems
from streams.rules.fraud.quality import Tally

MINUTE = 60_000


def rule(**other):
    fields = {
        "rule_id": "r1",
        "version": 1,
        "state": "active",
        "group_by": "card_id",
        "aggregate": "count",
        "field": "amount",
        "window_minutes": 60,
        "operator": ">=",
        "limit": 3.0,
        "weight": 9.0,
        "text": "three within the hour",
    }
    return FraudRuleChanged(**{**fields, **other})


def third(desks):
    """The verdict on a third attempt within the hour."""
    for n in range(3):
        (verdict,) = desks.send(attempt(600 * n, f"t{n}", "c1", f"m{n % 2}", 1000))
    return verdict


def test_an_active_rule_raises_the_score_and_is_named():
    verdict = third(Desks(rules=changed(NO_RULES, rule())))
    assert verdict.event_type == "FraudDetected"
    assert [(ref.rule_id, ref.version) for ref in verdict.data.rules] == [("r1", 1)]
    assert verdict.data.reasons[0].code == "rule:r1"


def test_a_shadow_rule_is_counted_and_changes_no_byte_of_the_verdict():
    desks = Desks(rules=changed(NO_RULES, rule(state="shadow")))
    assert third(desks) == third(Desks())
    assert sum((d.tallies.get("r1@1") or Tally()).matched for d in desks.terminals) == 1


@pytest.mark.parametrize("state", ["paused", "deleted"])
def test_a_rule_that_is_off_says_nothing(state):
    assert third(Desks(rules=changed(changed(NO_RULES, rule()), rule(version=2, state=state)))) == third(Desks())


def test_a_rule_of_the_terminal_speaks_at_the_terminal():
    by_terminal = rule(group_by="terminal_id", limit=2.0)
    assert third(Desks(rules=changed(NO_RULES, by_terminal))).data.rules[0].rule_id == "r1"


def test_labels_say_how_good_a_shadow_rule_would_have_been():
    desks = Desks(rules=changed(NO_RULES, rule(state="shadow")))
    third(desks)
    list(desks.send(label(86_400, "t2", "c1", fraud=True)))
    assert desks.terminals[0].tallies["r1@1"] == Tally(matched=1, frauds=1, genuine=0)


def test_a_change_holds_from_its_own_place_in_the_stream():
    desks = Desks()
    list(desks.send(attempt(0, "t0", "c1", "m1", 1000)))
    desks.obey(changed(NO_RULES, rule(limit=1.0)))
    (verdict,) = desks.send(attempt(60, "t1", "c1", "m1", 1000))
    assert verdict.data.rules


def test_an_older_version_does_not_come_back():
    rules = changed(changed(NO_RULES, rule(version=2, state="paused")), rule(version=1))
    assert rules.rules["r1"].version == 2


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"field": "colour"}, "unknown"),
        ({"aggregate": "sum", "field": "terminal_id"}, "no number"),
        ({"aggregate": "distinct", "field": "card_id"}, "exactly one"),
        ({"limit": -1.0}, "below zero"),
        ({"weight": 99.0}, "log-odds"),
        ({"text": " "}, "say why"),
    ],
)
def test_a_wrong_rule_is_refused_in_words(wrong, words):
    (problem,) = problems(rule(**wrong))
    assert words in problem


def test_a_sound_rule_is_let_in():
    assert problems(rule()) == []


@pytest.mark.parametrize(
    ("kind", "field", "values", "expected"),
    [
        ("count", "amount", [1000, 3000], 2),
        ("sum", "amount", [1050, 3000], 40.5),
        ("mean", "amount", [1000, 3000], 20),
        ("max", "amount", [1000, 3000], 30),
        ("distinct", "terminal_id", ["a", "b", "a"], 2),
    ],
)
def test_an_aggregate_is_in_units_of_currency(kind, field, values, expected):
    asked, window = rule(aggregate=kind, field=field), Window()
    for value in values:
        window = observed(window, asked, 0, value)
    assert aggregate(window, asked, 0) == expected


def test_a_window_forgets_and_stays_small():
    asked, window = rule(), Window()
    for minute in range(600):
        window = observed(window, asked, minute * MINUTE, 1000)
    assert aggregate(window, asked, 599 * MINUTE) == pytest.approx(60, abs=3)
    assert len(window.slots) <= 24


def test_ten_minutes_of_disorder_do_not_move_a_count():
    asked = rule()
    ordered, late = Window(), Window()
    for minute in (0, 10, 20, 30):
        ordered = observed(ordered, asked, minute * MINUTE, 1000)
    for minute in (10, 0, 30, 20):
        late = observed(late, asked, minute * MINUTE, 1000)
    assert aggregate(ordered, asked, 30 * MINUTE) == aggregate(late, asked, 30 * MINUTE) == 4


def test_a_back_test_says_what_the_rule_would_have_caught():
    attempts = [attempt(600 * n, f"t{n}", "c1", "m1", 1000) for n in range(5)]
    caught = back_test(rule(), attempts, {"t1": True, "t2": True, "t3": False})
    assert (caught.attempts, caught.matched, caught.frauds, caught.genuine) == (5, 3, 1, 1)
    assert (caught.precision, caught.recall, caught.saved) == (0.5, 0.5, 1000)


def test_what_came_before_the_time_in_question_only_fills_the_windows():
    attempts = [attempt(600 * n, f"t{n}", "c1", "m1", 1000) for n in range(4)]
    caught = back_test(rule(), attempts, {}, since=attempts[2].time)
    assert (caught.attempts, caught.matched) == (2, 2)
