"""The hints of day one stay in the forest: evidence moves their weights, and silence does not."""

import numpy as np
import pytest
from msgspec.structs import replace

from streams.rules.fraud.features import ORDINARY, PLACE, WIDTH
from streams.rules.fraud.forest import DEPTH, LEAVES, margin
from streams.rules.fraud.grow import TREES, Lessons, _asked, grow
from streams.rules.fraud.prior import HINTS, PLANTED


def lessons(count, fraud, **codes):
    """So many attempts with these codes, all frauds or all genuine, and as many ordinary genuine ones."""
    odd = np.array(ORDINARY, np.uint8)
    for name, code in codes.items():
        odd[PLACE[name]] = code
    columns = np.stack([odd] * count + [np.array(ORDINARY, np.uint8)] * count, axis=1)
    return Lessons(columns, np.array([fraud] * count + [0.0] * count), np.ones(2 * count))


def learned(taught, times):
    forest = PLANTED
    for _ in range(times):
        forest = grow(forest, taught)
    return forest


def weights(forest):
    """Hint by hint, what it says where it holds."""
    leaves = np.frombuffer(forest.leaves, "<f8").reshape(-1, LEAVES)[: len(HINTS)]
    return [float(row[np.abs(row).argmax()]) for row in leaves]


OFTEN = 30
SAME_AGAIN = [n for n, (_, conditions) in enumerate(HINTS) if {name for name, _, _ in conditions} == {"again"}]


def test_a_hint_that_no_lesson_speaks_of_keeps_the_weight_of_the_expert():
    silent = learned(lessons(50, 0.0), OFTEN)
    assert weights(silent) == pytest.approx([weight for weight, _ in HINTS])


def test_genuine_attempts_lower_the_weight_of_what_they_show_and_of_nothing_else():
    after = weights(learned(lessons(500, 0.0, again=9), 1))  # all hints move at once, none waits its turn
    for n, (weight, _) in enumerate(HINTS):
        assert after[n] < weight - 0.3 if n in SAME_AGAIN else after[n] == pytest.approx(weight)


@pytest.mark.parametrize("fraud", [0.0, 1.0])
def test_once_no_lesson_speaks_of_a_hint_any_more_its_weight_goes_back_to_what_the_expert_said(fraud):
    moved = learned(lessons(500, fraud, again=9), OFTEN)
    (tree, *_) = SAME_AGAIN
    assert abs(weights(moved)[tree] - HINTS[tree][0]) > 0.3
    for _ in range(OFTEN):
        moved = grow(moved, lessons(50, 0.0))
    assert weights(moved)[tree] == pytest.approx(HINTS[tree][0])


def test_trees_differ_in_what_they_may_ask():
    asked = [_asked(replace(PLANTED, grown=n)) for n in range(50)]
    assert len({tuple(features) for features in asked}) == 50
    assert sum(map(len, asked)) / 50 < WIDTH / 2


def test_hints_stay_however_many_trees_are_learned_and_the_forest_is_bounded():
    forest = learned(lessons(20, 1.0, again=9), TREES + 10)
    assert forest.features[: len(PLANTED.features)] == PLANTED.features
    assert forest.limits[: len(PLANTED.limits)] == PLANTED.limits
    assert len(forest.features) == DEPTH * (len(HINTS) + TREES)


def test_a_forest_that_grew_from_other_hints_starts_over_from_these():
    other = replace(
        learned(lessons(20, 1.0, again=9), 5),
        features=PLANTED.features[DEPTH:],
        limits=PLANTED.limits[DEPTH:],
        leaves=PLANTED.leaves[LEAVES * 8 :],
    )
    taught = lessons(50, 1.0, again=9)
    assert grow(other, taught) == grow(replace(PLANTED, grown=5), taught)


def test_a_rush_alone_is_not_enough_and_a_rush_of_odd_amounts_is():
    def says(**codes):
        seen = bytearray(ORDINARY)
        for name, code in codes.items():
            seen[PLACE[name]] = code
        assert len(seen) == WIDTH
        return margin(PLANTED, bytes(seen))

    assert says(t_rush=255) < 0 < says(t_rush=255, t_odd_rush=255, ratio=140)
    assert says(count_1h=255, surge=255) < 0 < says(count_1h=255, surge=255, sum_1h=255)
    assert says(again=24) < 0
