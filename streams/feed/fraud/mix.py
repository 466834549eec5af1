"""Which patterns a feed plays, and how often each: `burst,testing:0.3` is three bursts for a test or so."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def mixed(text: str, known: Iterable[str]) -> Mapping[str, float]:
    """Weights by pattern.

    Args:
        text: names with commas between, each with a weight behind a colon, or 1.
        known: the names there are.

    Raises:
        ValueError: a name is unknown, a weight is no number above zero, or there is no pattern at all.
    """
    names, weights = [*known], dict[str, float]()
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, weight = part.partition(":")
        if name not in names:
            raise ValueError(f"there is no fraud pattern {name!r}; there are {', '.join(names)}")
        weights[name] = _weight(name, weight)
    if not weights:
        raise ValueError(f"name at least one fraud pattern of {', '.join(names)}")
    return weights


def _weight(name: str, text: str) -> float:
    try:
        weight = float(text or 1)
    except ValueError:
        weight = 0.0
    if not 0 < weight < float("inf"):
        raise ValueError(f"the weight of {name} is a number above zero, not {text!r}")
    return weight
