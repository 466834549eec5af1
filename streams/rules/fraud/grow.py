"""Learning: one more tree, fitted to what the forest still gets wrong, for the oldest learned one.

Gradient boosting on histograms of codes (second order, as in XGBoost, Chen and Guestrin 2016), one tree at a time
over the lessons kept in `lessons.py`. The learned part of the forest slides: when it is full the oldest tree leaves,
and the new tree is fitted without it, so what is no longer true fades out. The experts' hints of `prior.py` stay, and
each moves its weight toward where the lessons want it, against a pull toward what the expert said (the most probable
weight under a normal prior): evidence overrules the expert, and silence does not.
"""

from typing import Final, NamedTuple
from zlib import crc32

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from streams.rules.fraud.forest import DEPTH, LEAVES, STEEPEST, Codes, Floats, Forest, margins, places
from streams.rules.fraud.prior import HINTS, PLANTED

TREES: Final = 128  # learned ones; more did not pay in the study of `benchmarks/fraud`
RATE: Final = 0.15  # how far a tree goes toward its optimum
STRIDE: Final = 2.0  # log-odds: where the forest is sure and wrong, the curve is flat and a full step would be wild
CAUTION: Final = 10.0  # the L2 penalty, in units of p(1-p): a leaf that rests on little says little
TRUST: Final = 5.0  # the same toward what an expert said
LEVELS: Final = 256

_EXPERTS: Final = np.frombuffer(PLANTED.leaves, "<f8").reshape(-1, LEAVES)
_FIRING: Final = np.abs(_EXPERTS).argmax(axis=1)  # the leaf of each hint that says anything


class Lessons(NamedTuple):
    """Labelled attempts: columns (features, attempts), fraud 1 or 0, and how many attempts each stands for."""

    columns: Codes
    fraud: Floats
    weight: Floats


def grow(forest: Forest, lessons: Lessons) -> Forest:
    """The forest with one more tree, without its oldest learned one when it is full, and the hints weighed anew."""
    forest, total = _reweighed(_slid(_of_these_hints(forest)), lessons)
    slope, curve = _slopes(total, lessons.fraud, lessons.weight)
    asked = _asked(forest)
    codes = lessons.columns[asked].astype(np.intp)
    leaf = np.zeros(len(slope), np.intp)
    features, limits = [], []
    for level in range(DEPTH):
        chosen, limit = _best(codes + leaf * LEVELS, 2**level, slope, curve)
        features.append(asked[chosen])
        limits.append(limit)
        leaf = leaf * 2 + (lessons.columns[asked[chosen]] > limit)
    answers = np.bincount(leaf, slope, LEAVES) / (np.bincount(leaf, curve, LEAVES) + CAUTION)
    answers = np.clip(answers, -STRIDE, STRIDE) * RATE
    return replace(
        forest,
        features=forest.features + bytes(features),
        limits=forest.limits + bytes(limits),
        leaves=forest.leaves + answers.astype("<f8").tobytes(),
        grown=forest.grown + 1,
    )


def _of_these_hints(forest: Forest) -> Forest:
    """The forest itself, or bare hints if it grew from others: a worker was upgraded, and the lessons teach anew."""
    ours = forest.features.startswith(PLANTED.features) and forest.limits.startswith(PLANTED.limits)
    return forest if ours else replace(PLANTED, grown=forest.grown)


def _slid(forest: Forest) -> Forest:
    """Room for one more learned tree."""
    first = len(HINTS)
    then = first + max(0, len(forest.features) // DEPTH - first - TREES + 1)
    return replace(
        forest,
        features=forest.features[: first * DEPTH] + forest.features[then * DEPTH :],
        limits=forest.limits[: first * DEPTH] + forest.limits[then * DEPTH :],
        leaves=forest.leaves[: first * LEAVES * 8] + forest.leaves[then * LEAVES * 8 :],
    )


def _reweighed(forest: Forest, lessons: Lessons) -> tuple[Forest, Floats]:
    """The forest with every hint's weight a Newton step further, one after the other; and its log-odds of the lessons.

    All of them at every refresh: where frauds are few, so are refreshes, and a hint that waited its turn would speak
    for weeks as the expert did.
    """
    total = margins(forest, lessons.columns)
    leaves = np.frombuffer(forest.leaves, "<f8").reshape(-1, LEAVES).copy()
    for tree, leaf in enumerate(_FIRING):
        fires = np.flatnonzero(places(forest, tree, lessons.columns) == leaf)
        slope, curve = _slopes(total[fires], lessons.fraud[fires], lessons.weight[fires])
        pull = TRUST * (_EXPERTS[tree, leaf] - leaves[tree, leaf])
        step = np.clip((slope.sum() + pull) / (curve.sum() + TRUST), -STRIDE, STRIDE)
        leaves[tree, leaf] += step
        total[fires] += step
    return replace(forest, leaves=leaves.tobytes()), total


def _slopes(total: Floats, fraud: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Of the log-likelihood of each lesson: its slope in the log-odds, and its curvature."""
    chance = 1.0 / (1.0 + np.exp(-np.clip(total, -STEEPEST, STEEPEST)))
    return (fraud - chance) * weight, np.maximum(chance * (1.0 - chance), 1e-6) * weight


def _asked(forest: Forest) -> list[int]:
    """The features this tree may ask about: a third, by a hash, so that trees differ and none hides another."""
    salt = forest.grown.to_bytes(4, "little")
    return [f for f in range(forest.width) if crc32(salt + bytes([f])) % 3 == 0] or [forest.grown % forest.width]


def _best(cells: NDArray[np.intp], leaves: int, slope: Floats, curve: Floats) -> tuple[int, int]:
    """The question that gains most over all leaves of a level: which asked feature, and its limit.

    `cells`: (asked, lessons), leaf and code in one number.
    """
    up, weight = _cumulated(cells, leaves, slope), _cumulated(cells, leaves, curve)
    above, heavier = up[:1, :, -1:] - up, weight[:1, :, -1:] - weight
    gain = (up * up / (weight + CAUTION) + above * above / (heavier + CAUTION)).sum(axis=1)
    chosen, limit = divmod(int(gain.argmax()), LEVELS)
    return chosen, limit


def _cumulated(cells: NDArray[np.intp], leaves: int, summed: Floats) -> Floats:
    """(asked, leaves, LEVELS): the sum over lessons up to each code. Feature by feature: so much fits a cache."""
    sums = np.stack([np.bincount(where, summed, leaves * LEVELS) for where in cells])
    return sums.reshape(len(cells), leaves, LEVELS).cumsum(axis=2)
