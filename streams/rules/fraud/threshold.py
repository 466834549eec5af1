"""The line between a detection and a clearing, moved by feedback so that detections keep a stated precision.

Labels fill two histograms of log-odds, frauds and genuine attempts, by what the forest says of them before it learns
from them; old labels fade. The line is the lowest at which the precision above it is at least the one asked for. It
rests while the precision at it is near enough (hysteresis), and never falls below a floor.
Who asks: `desk_terminal.py`.
"""

from collections.abc import Iterable
from itertools import accumulate
from typing import Final

from msgspec import Struct

PRECISION: Final = 0.90  # of all detections, nine in ten are to be frauds, where the setting says nothing else
SLACK: Final = 0.015  # precision may stray this far before the line moves
BINS: Final = 128
STEP: Final = 0.125  # log-odds per bin
LOWEST: Final = -8.0  # log-odds at the lower edge of bin 0
FIRST: Final = 64  # the line before feedback: even odds
FLOOR: Final = 48  # never below odds of one to seven: what is probably genuine is not called a fraud
SUPPORT: Final = 20.0  # labels above a line before its precision is believed
MEMORY: Final = 150.0  # frauds remembered: enough to know a precision, few enough to follow a model that learns

EMPTY: Final = (0.0,) * BINS


class Line(Struct, frozen=True, array_like=True, gc=False):
    """The threshold as a bin, and the labelled scores it rests on."""

    at: int = FIRST
    frauds: tuple[float, ...] = EMPTY
    genuine: tuple[float, ...] = EMPTY


def bin_of(log_odds: float) -> int:
    return max(0, min(BINS - 1, int((log_odds - LOWEST) // STEP)))


def log_odds_at(line: Line) -> float:
    """Detected is what lies at or above this."""
    return LOWEST + STEP * line.at


def moved(line: Line, labels: Iterable[tuple[int, bool]], precision: float = PRECISION) -> Line:
    """The line after labels, each the bin of its score and whether it was fraud."""
    left = min(1.0, MEMORY / max(sum(line.frauds), 1.0))
    frauds, genuine = [n * left for n in line.frauds], [n * left for n in line.genuine]
    for where, fraud in labels:
        (frauds if fraud else genuine)[where] += 1.0
    return Line(_placed(line.at, frauds, genuine, precision), tuple(frauds), tuple(genuine))


def _placed(at: int, frauds: list[float], genuine: list[float], precision: float) -> int:
    caught = list(accumulate(reversed(frauds)))[::-1]
    raised = [c + g for c, g in zip(caught, list(accumulate(reversed(genuine)))[::-1], strict=True)]
    if raised[at] >= SUPPORT and abs(caught[at] / raised[at] - precision) <= SLACK:
        return at
    for edge in range(FLOOR, BINS):
        if raised[edge] >= SUPPORT and caught[edge] >= precision * raised[edge]:
            return edge
    return at
