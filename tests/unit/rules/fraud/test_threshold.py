"""The line holds a stated precision, does not fidget, and never falls through its floor."""

from streams.rules.fraud.threshold import FIRST, FLOOR, Line, bin_of, log_odds_at, moved

SURE, DOUBTFUL = bin_of(3.0), bin_of(0.2)


def labels(bin_, frauds, genuine):
    return [(bin_, True)] * frauds + [(bin_, False)] * genuine


def test_before_feedback_the_line_is_at_even_odds():
    assert log_odds_at(Line()) == 0.0


def test_the_line_rises_above_scores_that_do_not_hold_the_precision():
    line = moved(Line(), labels(SURE, 95, 5) + labels(DOUBTFUL, 10, 90))
    assert bin_of(0.2) < line.at <= SURE


def test_the_line_falls_to_where_the_precision_still_holds():
    line = moved(Line(at=SURE), labels(SURE, 60, 0) + labels(DOUBTFUL, 45, 9))
    assert line.at <= DOUBTFUL


def test_the_line_rests_while_the_precision_is_near_enough():
    assert moved(Line(), labels(SURE, 91, 9)).at == FIRST


def test_the_line_never_falls_below_its_floor():
    assert moved(Line(), labels(FLOOR - 8, 500, 0) + labels(FLOOR, 50, 0)).at == FLOOR


def test_few_labels_do_not_move_the_line():
    assert moved(Line(), labels(SURE, 3, 3)).at == FIRST


def test_an_operator_may_ask_for_another_precision():
    feedback = labels(SURE, 95, 5) + labels(DOUBTFUL, 10, 10)
    assert moved(Line(), feedback, 0.98).at >= moved(Line(), feedback, 0.80).at
