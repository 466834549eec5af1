"""Counters that forget: what a window of fixed edges would count, in one number, whatever the order of events.

A counter with memory T holds the sum of exp(-age / T). It needs no bucket and no expiry, and an event that is ten
minutes late moves a one-hour counter by less than a window's edge would. The story continues in `card.py` and
`terminal.py`.
"""

from math import exp, expm1
from typing import Final

HOUR: Final = 3_600_000
DAY: Final = 24 * HOUR
SIX_HOURS: Final = 6 * HOUR
WEEK: Final = 7 * DAY
MONTH: Final = 30 * DAY
NOTHING: Final = (0.0, 0.0, 0.0, 0.0, 0.0)

Fading = tuple[float, float, float, float, float]


def factors(now: int, last: int) -> Fading:
    """What is left of one after `now - last` ms, in memories of an hour, six, a day, a week and a month.

    All of it when the event is late.
    """
    gap = last - now
    if gap >= 0:
        return (1.0, 1.0, 1.0, 1.0, 1.0)
    return (exp(gap / HOUR), exp(gap / SIX_HOURS), exp(gap / DAY), exp(gap / WEEK), exp(gap / MONTH))


def faded(counts: Fading, left: Fading) -> Fading:
    a, b, c, d, e = counts
    p, q, r, s, t = left
    return (a * p, b * q, c * r, d * s, e * t)


def added(counts: Fading, amount: float) -> Fading:
    a, b, c, d, e = counts
    return (a + amount, b + amount, c + amount, d + amount, e + amount)


def share(age: int, short: int, long: int) -> float:
    """How much of a counter with a long memory one with a short memory holds, if events came evenly for `age` ms.

    So a pace can be told from a habit at any age: in its first hours even a busy terminal's month is but these hours.
    """
    lived = -max(age, 1)
    return short * expm1(lived / short) / (long * expm1(lived / long))
