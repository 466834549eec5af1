"""What the run of the fraud service on Kafka is held against, and that it would see a fault."""

from benchmarks.fraud.comparing import answered, compared, facts
from benchmarks.fraud.desks import Desks, attempt, label
from benchmarks.fraud.live import halves
from streams.events.base import Event

DAY = 86_400


def events():
    yield attempt(0, "a", "card", "till", 500)
    yield attempt(10, "b", "card", "till", 700)
    yield label(20, "a", "card", fraud=False)
    yield attempt(DAY, "c", "card", "till", 900)


def on_kafka():
    """Hop one as it would be read from Kafka, and what is expected of it."""
    desks = Desks(1)
    expected = facts(events(), lambda _event: desks.cards[0])
    said = [
        (0, Event(event_id=name, event_type=type(fact).__name__, timestamp=next(events()).timestamp, data=fact))
        for name, fact in expected.items()
    ]
    return said, expected


def test_attempts_of_half_a_day_come_before_the_labels_due_in_it():
    played = [(half.topic.name, [event.data.transaction_id for event in half.events]) for half in halves(events())]
    assert played == [("transactions", ["a", "b"]), ("transaction-labels", ["a"]), ("transactions", ["c"])]


def test_facts_have_the_ids_that_the_engine_gives_them():
    _, expected = on_kafka()
    assert [*expected] == ["a/a/CardAssessed/0", "a/b/CardAssessed/0", "l/a/TerminalLabelled/0", "a/c/CardAssessed/0"]


def test_the_same_facts_hold(capsys):
    said, expected = on_kafka()
    assert compared("hop", said, expected)
    assert "4 on Kafka, 4 as offline, 0 twice, 0 missing" in capsys.readouterr().out


def test_a_fact_that_is_missing_or_twice_or_different_does_not():
    said, expected = on_kafka()
    assert not compared("hop", said[1:], expected)
    assert not compared("hop", [*said, said[0]], expected)
    assert not compared("hop", said, {**expected, "a/c/CardAssessed/0": expected["a/a/CardAssessed/0"]})


def test_each_attempt_has_one_verdict():
    desks = Desks(1)
    verdicts = [verdict for event in events() for verdict in desks.send(event)]
    assert answered({"a", "b", "c"}, verdicts)
    assert not answered({"a", "b", "c"}, verdicts[1:])
    assert not answered({"a", "b", "c"}, [*verdicts, verdicts[0]])
    assert not answered({"a", "b"}, verdicts)
