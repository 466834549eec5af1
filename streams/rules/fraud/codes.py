"""Numbers become codes from 0 to 255, so that a feature is one byte, a split is one comparison and a model fits any
currency.

The grids are logarithmic: a shop that counts in yen and one that counts in dinars use the same code, and the trees
learn where on the grid the line is. The story continues in `card.py` and `terminal.py`, which measure, and
`grow.py`, which learns.
"""

from math import floor, log2
from typing import Final

TOP: Final = 255
NEVER: Final = TOP  # the code of an age when the thing never happened
MIDDLE: Final = 128  # the code of the ratio 1
MINUTE: Final = 60_000
RATIO_STEPS: Final = 16  # per doubling: 4.4 percent a step, so 28 days are told from 30
COUNT_STEPS: Final = 32  # per doubling of 1 + n: decayed counts differ by fractions
MONEY_STEPS: Final = 8  # per doubling: 32 doublings reach 42 million units of 100 cents

DISTANCE_STEPS: Final = 12  # per unit: ten units either way
FARTHEST: Final = 20.0  # units, beyond either end: a card whose amounts never differ has a usual distance near zero


def ratio_code(value: float, reference: float) -> int:
    """How many times the reference the value is; 128 is once, 144 is twice."""
    if value <= 0.0 or reference <= 0.0:
        return 0 if value <= 0.0 else MIDDLE
    code = MIDDLE + floor(RATIO_STEPS * log2(value / reference))
    return 0 if code < 0 else min(code, TOP)


def count_code(value: float) -> int:
    """A count or a sum of weights, zero or more, to a sixteenth."""
    return _COUNTS[int(value * PARTS)] if value < MOST else TOP


MOST: Final = 256
PARTS: Final = 16
_COUNTS: Final = bytes(min(int(COUNT_STEPS * log2(1.0 + n / PARTS)), TOP) for n in range(MOST * PARTS))


def age_code(now: int, then: int) -> int:
    """Minutes from `then` to `now` (both ms), 0 when `then` is later; `NEVER` when `then` is 0."""
    if not then:
        return NEVER
    if now <= then:
        return 0
    code = int(RATIO_STEPS * log2(1.0 + (now - then) / MINUTE))
    return min(code, NEVER - 1)


def money_code(minor: int) -> int:
    """An amount in minor units."""
    return 0 if minor <= 0 else min(int(MONEY_STEPS * log2(1.0 + minor)), TOP)


def share_code(share: float) -> int:
    """A share between 0 and 1, ends included."""
    return int(share * TOP)


def signed_code(value: float) -> int:
    """A distance of either sign, in units of the usual distance, however far; 128 is none."""
    code = MIDDLE + int(DISTANCE_STEPS * min(max(value, -FARTHEST), FARTHEST))
    return 0 if code < 0 else min(code, TOP)
