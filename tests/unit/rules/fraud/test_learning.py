"""The scorer learns from labels when they come, from nothing else, and the same way every time."""

import msgspec
import pytest

from benchmarks.fraud.desks import Desks
from streams.rules.fraud.desk_card import CardDesk
from streams.rules.fraud.desk_terminal import TerminalDesk
from streams.rules.fraud.forest import Forest
from streams.rules.fraud.lessons import Block, Learner, Model
from streams.rules.fraud.live import Window
from streams.rules.fraud.prior import HINTS
from streams.rules.fraud.quality import Day, Tally
from streams.rules.fraud.rows import Attempt, Card, Scored, Terminal
from tests.unit.rules.fraud.streams import DAY, average_precision, events, scores, verdicts, village

TRIAL = 20 * DAY  # the days after it are judged


@pytest.fixture(scope="module")
def rows():
    return village("bursts")


@pytest.fixture(scope="module")
def learned(rows):
    return scores(Desks(), events(rows))


def judged(rows, found):
    late = [number for number, row in enumerate(rows) if row.seconds >= TRIAL]
    return average_precision([rows[number].fraud for number in late], [found[number] for number in late])


def kept(rows, row_type):
    """The rows as a store would give them back."""
    return {key: msgspec.json.decode(msgspec.json.encode(row), type=row_type) for key, row in rows.items()}


def restarted(desks):
    again = Desks(len(desks.cards))
    again.cards = [
        CardDesk(kept(d.cards, Card), kept(d.attempts, Attempt), kept(d.windows, Window)) for d in desks.cards
    ]
    again.terminals = [
        TerminalDesk(
            kept(d.terminals, Terminal),
            kept(d.scored, Scored),
            Model(kept(d.model.forests, Forest), kept(d.model.learners, Learner), kept(d.model.blocks, Block)),
            kept(d.windows, Window),
            kept(d.tallies, Tally),
            kept(d.days, Day),
        )
        for d in desks.terminals
    ]
    return again


def test_night_bursts_are_found_once_labels_have_taught_them(rows, learned):
    assert judged(rows, learned) > 0.9


def test_quiet_takeovers_are_told_by_labels_alone_and_better_by_early_ones():
    rows = village("takeover")
    taught = judged(rows, scores(Desks(), events(rows)))
    untold = (event for event in events(rows) if event.event_type == "TransactionAttempted")
    assert judged(rows, scores(Desks(), untold)) < taught - 0.2
    assert judged(rows, scores(Desks(), events(rows, delay_days=28))) < taught - 0.2


def test_the_same_stream_gives_the_same_bytes_even_after_a_restart_in_the_middle(rows):
    stream = list(events(rows))
    half = len(stream) // 2
    through = Desks(2)
    whole = [msgspec.json.encode(v) for v in verdicts(through, stream)]
    first = Desks(2)
    begun = verdicts(first, stream[:half])
    ended = verdicts(restarted(first), stream[half:])
    assert [msgspec.json.encode(v) for v in (*begun, *ended)] == whole


def test_what_comes_later_changes_no_score_before(rows, learned):
    stream = list(events(rows))
    cut = len(stream) * 2 // 3
    early = scores(Desks(), stream[:cut])
    assert early == learned[: len(early)]


def test_renamed_cards_and_terminals_score_much_the_same(rows, learned):
    renamed = [row._replace(card=7919 * (row.card + 11), terminal=104_729 * (row.terminal + 3)) for row in rows]
    assert judged(rows, scores(Desks(), events(renamed))) == pytest.approx(judged(rows, learned), abs=0.03)


def test_four_partitions_learn_nearly_as_well_as_one(rows, learned):
    assert judged(rows, scores(Desks(4), events(rows))) > judged(rows, learned) - 0.05


def test_the_model_of_a_partition_is_bounded(rows):
    desks = Desks()
    verdicts(desks, events(rows))
    model = desks.terminals[0].model
    assert len(model.forest().features) == 3 * (len(HINTS) + 128)  # the hints never leave
    assert len(model.blocks) <= 16 + 96
    assert len(model.learner().weights) < 128
