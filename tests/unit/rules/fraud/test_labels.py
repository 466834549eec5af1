"""A label travels to card and terminal, books the verdict, and clears what was wrongly detected."""

import pytest

from benchmarks.fraud.desks import Desks, attempt, label
from streams.rules.fraud.quality import Day, day_key
from streams.rules.fraud.reasons import EXPLAINED
from streams.rules.fraud.threshold import FLOOR, Line, log_odds_at

DAY = 86_400


@pytest.fixture
def desks():
    """A shop where a card of steady habits has just spent forty times its usual amount, many times over."""
    shop = Desks()
    for day in range(30):
        list(shop.send(attempt(day * DAY + 43_200, f"t{day}", "c1", "m1", 1000)))
    return shop


def outrage(shop):
    """The first detection among ever bolder attempts."""
    bold = (shop.send(attempt(30 * DAY + 60 * n, f"x{n}", "c1", "m2", 40_000)) for n in range(20))
    return next(verdict for (verdict,) in bold if verdict.event_type == "FraudDetected")


def test_bold_attempts_are_detected_on_day_one_without_any_label(desks):
    verdict = outrage(desks)
    assert int(verdict.data.transaction_id[1:]) < 5
    assert verdict.data.reasons[0].weight > 0
    assert "times the card's usual amount" in " ".join(reason.text for reason in verdict.data.reasons)


def test_a_genuine_label_clears_the_detection_and_names_it(desks):
    detection = outrage(desks)
    (cleared,) = desks.send(label(37 * DAY, detection.data.transaction_id, "c1", fraud=False))
    assert cleared.event_type == "FraudCleared"
    assert cleared.data.clears == detection.event_id


def test_the_same_label_twice_clears_once(desks):
    detection = outrage(desks)
    list(desks.send(label(37 * DAY, detection.data.transaction_id, "c1", fraud=False)))
    assert list(desks.send(label(38 * DAY, detection.data.transaction_id, "c1", fraud=False))) == []


def test_a_detection_confirmed_first_and_taken_back_later_is_cleared(desks):
    detection = outrage(desks)
    assert list(desks.send(label(37 * DAY, detection.data.transaction_id, "c1", fraud=True))) == []
    assert desks.cards[0].cards["c1"].bad > 0
    (cleared,) = desks.send(label(40 * DAY, detection.data.transaction_id, "c1", fraud=False))
    assert cleared.data.clears == detection.event_id
    assert desks.cards[0].cards["c1"].bad == 0


def test_every_detection_has_a_reason_for_suspicion():
    assert log_odds_at(Line(at=FLOOR)) > EXPLAINED


def test_a_label_for_an_unknown_attempt_changes_nothing(desks):
    before = dict(desks.terminals[0].terminals)
    assert list(desks.send(label(37 * DAY, "stranger", "c1", fraud=True))) == []
    assert desks.terminals[0].terminals == before


@pytest.mark.parametrize("fraud", [True, False])
def test_a_label_that_is_read_before_its_attempt_teaches_as_one_that_comes_at_once(desks, fraud):
    other = Desks()
    for day in range(30):
        list(other.send(attempt(day * DAY + 43_200, f"t{day}", "c1", "m1", 1000)))
    late, early = attempt(30 * DAY, "x", "c1", "m2", 40_000), label(30 * DAY, "x", "c1", fraud=fraud)
    said = [desks.send(event) for event in (late, early)]
    said_otherwise = [other.send(event) for event in (early, early, late)]
    assert [v.data for some in said for v in some] == [v.data for some in said_otherwise for v in some]
    assert other.terminals == desks.terminals
    assert other.cards[0].attempts == desks.cards[0].attempts
    assert other.cards[0].cards == desks.cards[0].cards


def test_labels_of_attempts_that_never_come_are_forgotten():
    desks = Desks()
    for day in range(200):
        list(desks.send(label(day * DAY, f"never{day}", "c1", fraud=True)))
        list(desks.send(attempt(day * DAY, f"t{day}", "c1", "m1", 5000)))
    assert len(desks.cards[0].attempts) <= 2 * 61
    assert list(desks.send(attempt(201 * DAY, "never199", "c1", "m1", 5000)))


def test_a_label_that_waited_too_long_goes_as_its_attempt_comes_and_nothing_stays_for_ever():
    desks = Desks()
    list(desks.send(label(0, "late", "c1", fraud=True)))
    assert list(desks.send(attempt(100 * DAY, "late", "c1", "m1", 5000)))
    assert desks.cards[0].attempts["late"].label == -1
    for day in range(200, 300):
        list(desks.send(attempt(day * DAY, f"t{day}", "c1", "m1", 5000)))
    assert "late" not in desks.cards[0].attempts


def test_precision_and_recall_are_booked_on_the_day_of_the_attempt(desks):
    detection = outrage(desks)
    list(desks.send(label(37 * DAY, detection.data.transaction_id, "c1", fraud=True)))
    list(desks.send(label(37 * DAY, "t29", "c1", fraud=True)))
    days = desks.terminals[0].days
    booked = {key: (row.caught, row.missed) for key, row in days.items()}
    first = int(day_key(int(detection.timestamp.timestamp() * 1000)))
    assert booked == {str(first): (1, 0), str(first - 1): (0, 1)}
    assert days[str(first)] == Day(caught=1, labelled=1)
    assert days[str(first)].precision == 1.0
