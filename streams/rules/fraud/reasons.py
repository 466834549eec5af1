"""Why: what of the evidence carries a verdict, in words.

A reason's weight is the log-odds that would be missing if that part of the evidence were ordinary: the forest is
asked again with the part's codes replaced. It costs a few microseconds per part, so only what is nearly suspicious is
explained.
"""

from collections.abc import Callable
from typing import Final

from streams.events.base import quick
from streams.events.fraud import Reason
from streams.rules.fraud.card import PLACES
from streams.rules.fraud.codes import COUNT_STEPS, MIDDLE, RATIO_STEPS
from streams.rules.fraud.features import NAMES, PLACE, without
from streams.rules.fraud.forest import Forest, margin
from streams.rules.fraud.threshold import FLOOR, Line, log_odds_at

MOST: Final = 4  # reasons in a verdict
LEAST: Final = 0.2  # log-odds: less is no reason
EXPLAINED: Final = log_odds_at(Line(at=FLOOR)) - 0.5  # log-odds from which a verdict is explained in full

reason = quick(Reason)
Words = Callable[[bytes], str]


def _times(codes: bytes, name: str) -> str:
    return f"{2 ** ((codes[PLACE[name]] - MIDDLE) / RATIO_STEPS):.2g}"


def _count(codes: bytes, name: str) -> str:
    return f"{2 ** (codes[PLACE[name]] / COUNT_STEPS) - 1:.0f}"


PARTS: Final[tuple[tuple[str, tuple[str, ...], Words], ...]] = (
    (
        "amount",
        ("amount", "alike", "ratio", "distance", "t_ratio", "bound"),
        lambda codes: f"the amount is {_times(codes, 'ratio')} times the card's usual amount",
    ),
    (
        "pace",
        ("idle", "count_1h", "count_6h", "count_1d", "count_7d", "sum_1h", "sum_6h", "sum_1d", "sum_7d", "surge"),
        lambda codes: f"about {_count(codes, 'count_6h')} attempts of the card within six hours",
    ),
    ("hour", ("hour", "hour_off", "hour_habit"), lambda _: "the hour is unusual for the card"),
    (
        "place",
        ("place", "same", "again", "distinct", "roaming", "fresh", "t_same", "t_distinct"),
        lambda codes: (
            "the card is new at this terminal" if codes[PLACE["place"]] == PLACES else "the card at this terminal"
        ),
    ),
    (
        "card_oddities",
        ("odd_1d", "odd_7d", "odd_30d", "odd_age", "small"),
        lambda _: "the card did something odd of late",
    ),
    ("card_frauds", ("bad", "bad_age"), lambda _: "the card has a known fraud"),
    (
        "terminal_frauds",
        ("t_rate_7d", "t_rate_30d", "t_bad", "run_age", "run_bound", "run_latest", "run", "run_since"),
        lambda codes: f"about {_count(codes, 'run')} known frauds in the terminal's present run",
    ),
    (
        "terminal_traffic",
        (
            "t_count_10m",
            "t_count_1h",
            "t_count_1d",
            "t_count_7d",
            "t_rush",
            "t_odd_rush",
            "t_surge",
            "t_small",
            "t_odd_1d",
            "t_odd_7d",
            "t_tainted",
        ),
        lambda _: "the terminal's traffic is unusual",
    ),
)

_MASKS: Final = tuple((code, tuple(PLACE[name] for name in names), words) for code, names, words in PARTS)


def reasons(forest: Forest, codes: bytes, log_odds: float) -> tuple[Reason, ...]:
    """The heaviest reasons for suspicion, heaviest first; one that says so when nothing stands out."""
    ordinary = reason(code="ordinary", text="nothing stands out", weight=round(log_odds, 2))
    if log_odds < EXPLAINED:
        return (ordinary,)
    weighed = []
    for code, places, words in _MASKS:
        weight = log_odds - margin(forest, without(codes, places))
        if weight >= LEAST:
            weighed.append((round(weight, 2), code, words(codes)))
    weighed.sort(key=lambda item: (-item[0], item[1]))
    return tuple(reason(code=code, text=text, weight=weight) for weight, code, text in weighed[:MOST]) or (ordinary,)


assert {name for _, names, _ in PARTS for name in names} <= set(NAMES)
