"""A forest of symmetric trees: every level of a tree asks one question, so a tree is three questions and eight answers.

The sum of the answers is the log-odds of fraud. Symmetric trees (as in CatBoost, Prokhorenkova et al. 2018) are
scored all at once by a few array operations, in microseconds, and fit in a small row. `grow.py` adds trees;
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
LANES: Final = 8  # a tree's answers to its questions are packed into one byte
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


@lru_cache(PARTITIONS_CACHED)
def _tables(forest: Forest) -> tuple[NDArray[np.intp], Codes, NDArray[np.intp], Floats]:
    trees = len(forest.features) // DEPTH
    features = np.zeros((trees, LANES), np.intp)
    limits = np.full((trees, LANES), 255, np.uint8)
    features[:, -DEPTH:] = np.frombuffer(forest.features, np.uint8).reshape(trees, DEPTH)
    limits[:, -DEPTH:] = np.frombuffer(forest.limits, np.uint8).reshape(trees, DEPTH)
    return features.ravel(), limits.ravel(), np.arange(trees) * LEAVES, np.frombuffer(forest.leaves, "<f8")


def margin(forest: Forest, codes: bytes) -> float:
    """Log-odds of fraud for one attempt; `codes`: one byte per feature."""
    features, limits, starts, leaves = _tables(forest)
    yes: Any = np.frombuffer(codes, np.uint8).take(features) > limits
    return forest.bias + float(leaves.take(starts + np.packbits(yes)).sum())


def margins(forest: Forest, columns: Codes) -> Floats:
    """Log-odds for many attempts; `columns`: (features, attempts)."""
    total = np.full(columns.shape[1], forest.bias)
    leaves = np.frombuffer(forest.leaves, "<f8").reshape(-1, LEAVES)
    for tree, answers in enumerate(leaves):
        total += answers[places(forest, tree, columns)]
    return total


def places(forest: Forest, tree: int, columns: Codes) -> Codes:
    """The leaf of one tree in which each attempt ends."""
    ask = range(tree * DEPTH, (tree + 1) * DEPTH)
    leaf = np.zeros(columns.shape[1], np.uint8)
    for question in ask:
        leaf = leaf << 1 | (columns[forest.features[question]] > forest.limits[question])
    return leaf


def probability(log_odds: float) -> float:
    return 1.0 / (1.0 + exp(-max(-STEEPEST, min(STEEPEST, log_odds))))
