"""The learner's row stays small and readable whatever share of the labels is fraud."""

import msgspec
import pytest

from streams.rules.fraud.features import ORDINARY
from streams.rules.fraud.lessons import BATCH, MOST_LABELS, THE, Learner, Model, taught
from streams.rules.fraud.rows import Scored

SCORED = Scored(bytes(ORDINARY), -3.0)


def learner_after(labels, precision=0.9):
    """The learner as a store gives it back after each thousand labels, and the longest it ever was."""
    model, longest = Model({}, {}, {}, precision), 0
    for n, fraud in enumerate(labels, 1):
        taught(model, SCORED, 1_000, fraud=fraud)
        longest = max(longest, len(model.learner().bins))
        if n % 1_000 == 0:
            model.learners[THE] = msgspec.json.decode(msgspec.json.encode(model.learner()), type=Learner)
    return model.learner(), longest


@pytest.mark.parametrize("one_in", [1, 3])
def test_a_shop_that_labels_mostly_frauds_keeps_all_of_them_and_no_share_grows_beyond_that(one_in):
    learner, _ = learner_after(n % one_in == 0 for n in range(6_000))
    assert 0.0 < learner.share < 1_000.0
    assert learner.taught_frauds + learner.taught_genuine >= 6_000 - BATCH


def test_a_shop_without_fraud_lets_no_labels_pile_up():
    learner, longest = learner_after(False for _ in range(30_000))
    assert longest <= MOST_LABELS
    assert sum(learner.line.genuine) > MOST_LABELS


def test_the_line_stands_where_the_asked_precision_holds():
    def line(precision):
        labels = [n % 10 < 8 for n in range(4_000)]
        return learner_after(labels, precision)[0].line.at

    assert line(0.5) < line(0.95)
