"""Every attempt gets exactly one verdict, whatever is repeated."""

from benchmarks.fraud.desks import Desks, attempt, label

DAY = 86_400


def verdicts(desks, *events):
    return [verdict for event in events for verdict in desks.send(event)]


def test_an_attempt_gets_a_verdict_with_score_reasons_and_model():
    (verdict,) = verdicts(Desks(), attempt(0, "t1", "c1", "m1", 5000))
    assert verdict.event_type == "FraudCleared"
    assert 0 <= verdict.data.score < 0.5
    assert verdict.data.reasons
    assert verdict.data.model_version


def test_a_repeated_attempt_gets_no_second_verdict():
    desks = Desks()
    first = verdicts(desks, attempt(0, "t1", "c1", "m1", 5000))
    assert len(first) == 1
    assert verdicts(desks, attempt(0, "t1", "c1", "m1", 5000), attempt(900, "t1", "c1", "m2", 7000)) == []


def test_a_retry_after_the_label_gets_no_second_verdict():
    desks = Desks()
    verdicts(desks, attempt(0, "t1", "c1", "m1", 5000), label(7 * DAY, "t1", "c1", fraud=False))
    assert verdicts(desks, attempt(8 * DAY, "t1", "c1", "m1", 5000)) == []


def test_what_is_remembered_of_attempts_is_bounded_by_retention():
    desks = Desks()
    for day in range(200):
        verdicts(desks, attempt(day * DAY, f"t{day}", "c1", "m1", 5000))
    assert len(desks.cards[0].attempts) <= 61
    assert len(desks.terminals[0].scored) <= 61
