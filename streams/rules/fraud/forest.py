"""A forest of symmetric trees: every level of a tree asks one question, so a tree is three questions and eight answers.

The sum of the answers is the log-odds of fraud. Symmetric trees (as in CatBoost, Prokhorenkova et al. 2018) are
scored all at once, in pairs, by a few array operations, in microseconds, and fit in a small row. `grow.py` adds trees;
`prior.py` plants the first.
"""

from functools import lru_cache
from math import exp
from typing import Any, Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

DEPTH: Final = 3
LEAVES: Final = 2**DEPTH
LANES: Final = 8  # the answers to a pair's six questions are packed into one byte
PARTITIONS_CACHED: Final = 64
STEEPEST: Final = 30.0  # log-odds beyond which a probability is 0 or 1 to thirteen digits

Codes = NDArray[np.uint8]
Floats = NDArray[np.float64]


class Forest(Struct, frozen=True, array_like=True, gc=False):
    """The model as a row.

    Attributes:
        width: how many features it was made for.
        features: one byte per question, tree after tree. limits: the same; the answer is yes when the code is above.
        leaves: float64, little-endian, LEAVES per tree; the first question is the highest bit of a leaf's number.
        bias: log-odds before any question.
        grown: how many trees were ever learned.
    """

    width: int
    features: bytes
    limits: bytes
    leaves: bytes
    bias: float
    grown: int = 0


def _pairs(forest: Forest) -> tuple[Codes, Codes, Floats]:
    """Two trees as one: features and limits of six questions, (pairs, 6), and the sums of both answers, (pairs, 64)."""
    silent = len(forest.features) // DEPTH % 2  # a tree more, whose answers are all 0
    features = np.frombuffer(forest.features + bytes(silent * DEPTH), np.uint8)
    limits = np.frombuffer(forest.limits + bytes(silent * DEPTH), np.uint8)
    leaves = np.frombuffer(forest.leaves + bytes(silent * LEAVES * 8), "<f8").reshape(-1, 2, LEAVES)
    answers = leaves[:, 0, :, None] + leaves[:, 1, None, :]
    return features.reshape(-1, 2 * DEPTH), limits.reshape(-1, 2 * DEPTH), answers.reshape(-1, LEAVES * LEAVES)


@lru_cache(PARTITIONS_CACHED)
def _lanes(forest: Forest) -> tuple[NDArray[np.intp], Codes, NDArray[np.intp], Floats]:
    """The pairs for one attempt: questions in lanes that are packed into a byte each, of which the first say no."""
    features, limits, answers = _pairs(forest)
    idle = ((0, 0), (LANES - 2 * DEPTH, 0))
    asked = np.pad(features, idle).astype(np.intp)
    above = np.pad(limits, idle, constant_values=255)
    return asked.ravel(), above.ravel(), np.arange(len(answers)) * answers.shape[1], answers.ravel()


def margin(forest: Forest, codes: bytes) -> float:
    """Log-odds of fraud for one attempt; `codes`: one byte per feature."""
    features, limits, starts, answers = _lanes(forest)
    yes: Any = np.frombuffer(codes, np.uint8).take(features) > limits
    return forest.bias + float(np.add.reduce(answers.take(np.packbits(yes) + starts)))


def margins(forest: Forest, columns: Codes) -> Floats:
    """Log-odds for many attempts; `columns`: (features, attempts)."""
    total = np.full(columns.shape[1], forest.bias)
    for features, limits, answers in zip(*_pairs(forest), strict=True):
        total += answers.take(_leaf(features.tobytes(), limits.tobytes(), columns))
    return total


def places(forest: Forest, tree: int, columns: Codes) -> Codes:
    """The leaf of one tree in which each attempt ends."""
    asked = slice(tree * DEPTH, (tree + 1) * DEPTH)
    return _leaf(forest.features[asked], forest.limits[asked], columns)


def _leaf(features: bytes, limits: bytes, columns: Codes) -> Codes:
    """The answers of each attempt as a number, the first question its highest bit."""
    leaf = np.zeros(columns.shape[1], np.uint8)
    for feature, limit in zip(features, limits, strict=True):
        leaf += leaf
        leaf += columns[feature] > limit
    return leaf


def probability(log_odds: float) -> float:
    return 1.0 / (1.0 + exp(-max(-STEEPEST, min(STEEPEST, log_odds))))
