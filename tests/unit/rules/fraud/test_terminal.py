"""What a terminal's traffic says of an attempt, and what labels say of the terminal."""

from streams.rules.fraud import card
from streams.rules.fraud.codes import count_code, ratio_code
from streams.rules.fraud.rows import Terminal
from streams.rules.fraud.terminal import NAMES, measure, told

MINUTE = 60_000
ORDINARY = [0] * len(card.NAMES)


def attempts(*minutes):
    """The codes of the last of attempts by so many cards, by name."""
    terminal = Terminal()
    for visitor, minute in enumerate(minutes):
        codes, terminal = measure(terminal, 1 + minute * MINUTE, 1_000, visitor, ORDINARY)
    return dict(zip(NAMES, codes, strict=True))


def test_a_rush_is_seen_while_it_lasts_and_forgotten_within_the_hour():
    assert attempts(*[0] * 10)["t_count_10m"] == count_code(10)
    after = attempts(*[0] * 10, 60)
    assert after["t_count_10m"] == count_code(1)
    assert after["t_count_1h"] > count_code(4)


def test_an_attempt_that_comes_late_counts_in_full_and_fades_nothing():
    assert attempts(5, 5, 3)["t_count_10m"] == count_code(3)


def test_even_traffic_is_no_rush_at_any_age_and_a_crowd_within_minutes_is():
    for count in (2, 20, 500):
        even = attempts(*[6 * n for n in range(count)])
        assert even["t_rush"] <= ratio_code(2, 1)
        assert even["t_surge"] <= ratio_code(2, 1)
    assert attempts(*[60 * n for n in range(100)], *[6_000] * 12)["t_rush"] > ratio_code(8, 1)


def labelled(*labels):
    """A terminal after labels, each (day of the attempt, is it fraud), in the order they came."""
    terminal = Terminal()
    for come, (day, fraud) in enumerate(labels, 100):
        terminal = told(terminal, come, day, 1.0 if fraud else None)
    return terminal


def run(terminal):
    return terminal.before, terminal.first, terminal.latest, terminal.run, terminal.since


def test_frauds_are_a_run_that_genuine_attempts_end():
    assert run(labelled((9, False), (10, True), (11, True))) == (9, 10, 11, 2.0, 0)
    assert run(labelled((9, False), (10, True), (11, False), (12, False))) == (9, 10, 10, 1.0, 2)
    assert run(labelled((10, True), (11, False), (12, True))) == (11, 12, 12, 1.0, 0)


def test_a_label_of_a_run_that_has_ended_joins_it_and_does_not_revive_it():
    assert run(labelled((10, True), (12, False), (9, True))) == (0, 9, 10, 2.0, 1)


def test_a_fraud_that_is_told_after_a_later_genuine_attempt_is_a_run_that_has_ended():
    assert run(labelled((12, False), (9, True))) == (9, 9, 9, 1.0, 1)
