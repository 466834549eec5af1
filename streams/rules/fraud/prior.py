"""The opinion of day one, before any label: what experts hold suspicious in any shop, as trees of the forest.

The weights are rough on purpose: log-odds of one or two for what is odd, more for what is damning. They are the first
trees of the forest and stay there: a kind of fraud that no label has shown yet is known from nothing else. Learning
moves their weights as far as there is evidence (`grow.py`).
"""

from typing import Final

import numpy as np

from streams.rules.fraud.card import PLACES
from streams.rules.fraud.features import PLACE, WIDTH
from streams.rules.fraud.forest import DEPTH, LEAVES, Forest

BIAS: Final = -5.5  # four frauds in a thousand attempts that show nothing odd

Hint = tuple[float, tuple[tuple[str, str, int], ...]]

HINTS: Final[tuple[Hint, ...]] = (
    (2.0, (("ratio", ">", 154),)),  # three times the card's mean
    (1.5, (("ratio", ">", 165),)),  # five times
    (1.0, (("distance", ">", 176),)),  # four usual distances
    (1.5, (("ratio", ">", 144), ("odd_7d", ">", 8))),  # twice the mean, after an odd amount in these weeks
    (2.0, (("ratio", ">", 138), ("bad", ">", 10), ("bad_age", "<=", 230))),  # after a known fraud of the card
    (1.5, (("sum_1h", ">", 176), ("count_1h", ">", 50))),  # eight means within the hour, in three attempts or more
    (1.5, (("sum_1h", ">", 168), ("count_1h", ">", 45))),  # nearly six, in two close together
    (1.0, (("sum_1d", ">", 180), ("surge", ">", 150))),
    (1.0, (("hour_off", ">", 140), ("hour_habit", ">", 100), ("ratio", ">", 138))),  # a large amount at an odd hour
    (1.0, (("place", ">", PLACES - 1), ("fresh", ">", 40), ("surge", ">", 150))),  # new places in a hurry
    (1.5, (("small", ">", 40), ("count_6h", ">", 60))),  # trying whether the card works
    (1.5, (("small", ">", 20), ("ratio", ">", 150))),  # and then using it
    (4.0, (("run", ">", 10), ("run_since", "<=", 0), ("run_latest", "<=", 246))),  # a terminal in a run of frauds
    (1.5, (("t_rate_7d", ">", 120), ("t_bad", ">", 40))),
    (1.5, (("t_small", ">", 60), ("t_surge", ">", 150))),
    (2.0, (("t_rush", ">", 156),)),  # within minutes three times and a half what the terminal's month would have
    (3.0, (("t_rush", ">", 164),)),  # five times
    (2.0, (("t_odd_rush", ">", 150),)),  # of odd amounts alone, two and a half times
    (2.5, (("t_odd_rush", ">", 150), ("ratio", ">", 138))),
    (1.5, (("t_odd_rush", ">", 144), ("ratio", ">", 144))),  # twice, and an odder amount
    (1.5, (("t_rush", ">", 148), ("ratio", ">", 138))),  # of two and a half times, and an odd amount
    (2.0, (("count_1h", ">", 60), ("surge", ">", 144))),  # a card used three times within minutes, unlike itself
    (3.0, (("count_1h", ">", 74), ("surge", ">", 144))),  # five times
    (1.5, (("count_1h", ">", 60), ("place", ">", PLACES - 1))),  # at a place where it never was
    (1.5, (("sum_1h", ">", 180), ("count_1h", ">", 70))),
    (2.0, (("small", ">", 50), ("count_1h", ">", 70))),
    (2.5, (("again", ">", 2), ("surge", ">", 134))),  # the same amount at the same place a fourth time, in a hurry
    (2.5, (("again", ">", 3),)),  # a fifth time
    (1.5, (("again", ">", 1), ("surge", ">", 140))),  # a third time, in more of a hurry
    (1.5, (("same", ">", 1), ("odd_1d", ">", 40))),  # odd amounts at a place it keeps coming to
    (2.5, (("bound", ">", 128), ("ratio", ">", 144))),  # more than nearly every genuine attempt so far
)


def _planted() -> Forest:
    """The forest before the first lesson: one tree per hint, whose weight counts where all its conditions hold."""
    features, limits, leaves = [], [], np.zeros((len(HINTS), LEAVES))
    for tree, (weight, conditions) in enumerate(HINTS):
        questions = (*conditions, *[conditions[-1]] * (DEPTH - len(conditions)))
        features += [PLACE[name] for name, _, _ in questions]
        limits += [limit for _, _, limit in questions]
        leaf = sum((sign == ">") << (DEPTH - 1 - level) for level, (_, sign, _) in enumerate(questions))
        leaves[tree, leaf] = weight
    return Forest(WIDTH, bytes(features), bytes(limits), leaves.astype("<f8").tobytes(), BIAS)


PLANTED: Final = _planted()
