"""How far the shop's clocks are trusted.

All services measure event time alike, or a time limit would mean something else in each. How watermarks follow from
this: `streams/windows/watermarks.py`.
"""

from typing import Final

from streams.windows.watermarks import Bounds

SECOND_MS: Final = 1_000

TRUST: Final = Bounds(
    disorder_ms=10 * SECOND_MS,  # producers' retries and their clocks' errors; it delays every time limit by as much
    idle_ms=30 * SECOND_MS,  # longer than a worker takes to start or to hand its partitions over
    clock_when_idle=True,  # a shop without customers still ends the orders that wait
    ahead_ms=60 * SECOND_MS,  # one clock that is hours ahead must not end every order that waits
)
