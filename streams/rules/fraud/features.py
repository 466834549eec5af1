"""The features by name: where each stands among the codes, and what is ordinary for it.

`card.py` and `terminal.py` measure them; `prior.py` and `reasons.py` speak of them by name.
"""

from collections.abc import Iterable
from typing import Final

from streams.rules.fraud import card, terminal
from streams.rules.fraud.codes import MIDDLE, NEVER

NAMES: Final = (*card.NAMES, *terminal.NAMES, "bound")
"""`bound`: the amount against the largest genuine ones that labels have shown."""

WIDTH: Final = len(NAMES)
PLACE: Final = {name: place for place, name in enumerate(NAMES)}

_RATIOS: Final = ("ratio", "distance", "surge", "t_rush", "t_surge", "t_ratio")
_NEVER: Final = ("idle", "odd_age", "bad_age", "run_age", "run_bound", "run_latest")
ORDINARY: Final = tuple(MIDDLE if name in _RATIOS else NEVER if name in _NEVER else 0 for name in NAMES)
"""The code that says nothing, by feature: a ratio of one, an age of never, a count of none."""


def without(codes: bytes, places: Iterable[int]) -> bytes:
    """The codes as if these features were ordinary."""
    masked = bytearray(codes)
    for place in places:
        masked[place] = ORDINARY[place]
    return bytes(masked)
