"""The forest says what its trees say one by one, and grows by the question that a plain search finds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.rules.fraud.forest import DEPTH, LEAVES, Forest, margin, margins
from streams.rules.fraud.grow import CAUTION, _best

WIDTH = 7


@st.composite
def forests(draw):
    trees = draw(st.integers(0, 9))
    features = bytes(draw(st.lists(st.integers(0, WIDTH - 1), min_size=trees * DEPTH, max_size=trees * DEPTH)))
    limits = bytes(draw(st.lists(st.integers(0, 255), min_size=trees * DEPTH, max_size=trees * DEPTH)))
    leaves = draw(st.lists(st.floats(-9, 9), min_size=trees * LEAVES, max_size=trees * LEAVES))
    return Forest(WIDTH, features, limits, np.array(leaves, "<f8").tobytes(), draw(st.floats(-9, 9)))


def plainly(forest, codes):
    """Tree by tree, question by question."""
    total, leaves = forest.bias, np.frombuffer(forest.leaves, "<f8")
    for tree in range(len(forest.features) // DEPTH):
        leaf = 0
        for question in range(tree * DEPTH, (tree + 1) * DEPTH):
            leaf = leaf * 2 + (codes[forest.features[question]] > forest.limits[question])
        total += leaves[tree * LEAVES + leaf]
    return total


@settings(deadline=None)
@given(forests(), st.lists(st.binary(min_size=WIDTH, max_size=WIDTH), min_size=1, max_size=5))
def test_one_attempt_and_many_are_scored_alike_and_as_the_trees_say(forest, attempts):
    columns = np.array([list(codes) for codes in attempts], np.uint8).T
    told = [plainly(forest, codes) for codes in attempts]
    assert [margin(forest, codes) for codes in attempts] == pytest.approx(told)
    assert list(margins(forest, columns)) == pytest.approx(told)


def gain(codes, leaf, slope, curve, limit):
    """What a question gains: of both sides of every leaf the squared slope over the curvature."""
    total = 0.0
    for where in set(leaf):
        for side in (codes <= limit, codes > limit):
            there = side & (leaf == where)
            total += slope[there].sum() ** 2 / (curve[there].sum() + CAUTION)
    return total


@pytest.mark.parametrize("leaves", [1, 2, 4])
def test_the_chosen_question_gains_as_much_as_the_best_of_a_plain_search(leaves):
    random = np.random.default_rng(leaves)
    codes = random.integers(0, 256, (5, 300))
    leaf, slope, curve = random.integers(0, leaves, 300), random.normal(size=300), random.random(300)
    chosen, limit = _best(codes + leaf * 256, leaves, slope, curve)
    best = max(gain(column, leaf, slope, curve, at) for column in codes for at in range(256))
    assert gain(codes[chosen], leaf, slope, curve, limit) == pytest.approx(best)
