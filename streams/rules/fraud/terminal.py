"""What a terminal's history says of an attempt, as codes, and the history after an attempt or a label.

A compromised terminal is a state, not a rate: a run of frauds that no card explains, which genuine labels end. The
codes give the model the run's first and latest fraud and the last genuine attempt before it, so that it can learn how
long runs last. Labels count when they have come back, never before. Who asks: `desk_terminal.py`.
"""

from collections.abc import Sequence
from math import exp
from typing import Final

from msgspec.structs import replace

from streams.rules.fraud.card import BAD, ODDNESS, RATIO
from streams.rules.fraud.codes import NEVER, TOP, age_code, count_code, ratio_code, share_code
from streams.rules.fraud.fade import DAY, MONTH, added, factors, faded, share
from streams.rules.fraud.rows import Terminal

NAMES: Final = (
    "t_count_10m", "t_count_1h", "t_count_1d", "t_count_7d", "t_rush", "t_odd_rush", "t_surge",
    "t_ratio", "t_small", "t_odd_1d", "t_odd_7d", "t_tainted", "t_same", "t_distinct",
    "t_rate_7d", "t_rate_30d", "t_bad", "t_seen", "run_age", "run_bound", "run_latest", "run", "run_since",
)  # fmt: skip

RUSH: Final = 600_000  # ms: the memory of a rush, which an hour would smear over honest customers after it
VISITORS: Final = 16  # cards remembered: the latest, to see one card come again and again
MEAN_OVER: Final = 100  # amounts the mean follows
CLIP: Final = 3.0  # times the mean: what one large amount may add to it
KNOWN: Final = 30  # attempts: a terminal is no longer new, and its age must not tell the date
SMALL: Final = 0.15  # of the mean
UNEXPLAINED: Final = 0.3  # blame from which a fraud belongs to the terminal's run
TAINTED: Final = 12  # the code above which a card has a known fraud: .375 of one
DOUBT_7D: Final = 0.5  # genuine labels imagined in a rate, so that one fraud alone is not a rate of one
DOUBT_30D: Final = 1.0


def measure(
    terminal: Terminal, now: int, amount: int, visitor: int, card_codes: Sequence[int]
) -> tuple[list[int], Terminal]:
    """The codes of an attempt at `now` ms, in the order of `NAMES`, and the terminal after it.

    `visitor`: the card, hashed; `card_codes`: what `card.measure` says of the attempt.
    """
    left = factors(now, terminal.last)
    counts = added(faded(terminal.counts, left), 1.0)
    odds, oddness = faded(terminal.odd, left), ODDNESS[card_codes[RATIO]]
    kept = exp(min(terminal.last - now, 0) / RUSH)
    rush, odd_rush = terminal.rush * kept + 1.0, terminal.odd_rush * kept + oddness
    opened = terminal.opened or now
    usual = share(now - opened, RUSH, MONTH)
    small, taint = terminal.small * left[1], terminal.tainted * left[3]
    mean = terminal.mean or float(amount)
    codes = [
        count_code(rush), count_code(counts[0]), count_code(counts[2]), count_code(counts[3]),
        ratio_code(rush, 1.0 + counts[4] * usual), ratio_code(odd_rush, 1.0 + odds[4] * usual),
        ratio_code(counts[2], counts[4] * share(now - opened, DAY, MONTH)),
        ratio_code(amount, mean), count_code(small), count_code(odds[2]), count_code(odds[3]), count_code(taint),
        terminal.visitors.count(visitor), len(set(terminal.visitors)), *_past(terminal, now),
    ]  # fmt: skip
    return codes, replace(
        terminal,
        seen=terminal.seen + 1,
        opened=opened,
        last=max(now, terminal.last),
        mean=mean + (min(amount, CLIP * mean) - mean) / min(terminal.seen + 1, MEAN_OVER),
        rush=rush,
        odd_rush=odd_rush,
        counts=counts,
        odd=added(odds, oddness),
        small=small + (amount < SMALL * mean),
        tainted=taint + (card_codes[BAD] > TAINTED),
        visitors=(visitor, *terminal.visitors)[:VISITORS],
    )


def _past(terminal: Terminal, now: int) -> tuple[int, ...]:
    """The codes of what labels have told so far; most terminals never had a fraud, and need no arithmetic."""
    seen = count_code(min(terminal.seen, KNOWN))
    if not terminal.bad[-1]:
        return (0, 0, 0, seen, NEVER, NEVER, NEVER, 0, 0)
    left = factors(now, terminal.labelled)
    bad_7d, bad_30d = terminal.bad[3] * left[3], terminal.bad[4] * left[4]
    good_7d, good_30d = terminal.good[3] * left[3], terminal.good[4] * left[4]
    return (
        share_code(bad_7d / (bad_7d + good_7d + DOUBT_7D)),
        share_code(bad_30d / (bad_30d + good_30d + DOUBT_30D)),
        count_code(bad_30d),
        seen,
        age_code(now, terminal.first),
        age_code(now, terminal.before) if terminal.first else NEVER,
        age_code(now, terminal.latest),
        count_code(terminal.run),
        min(terminal.since, TOP),
    )


def told(terminal: Terminal, now: int, at: int, blame: float | None) -> Terminal:
    """The terminal after a label that came `now` for an attempt made `at` (ms).

    `blame`: how far the card does not explain the fraud, 0 to 1; None for a genuine attempt.
    """
    left = factors(now, terminal.labelled)
    bad, good, labelled = faded(terminal.bad, left), faded(terminal.good, left), max(now, terminal.labelled)
    if blame is None:
        after = at > terminal.latest > 0
        genuine, since = max(at, terminal.genuine), terminal.since + after
        return replace(terminal, labelled=labelled, bad=bad, good=added(good, 1.0), genuine=genuine, since=since)
    terminal = replace(terminal, labelled=labelled, bad=added(bad, blame), good=good)
    if blame < UNEXPLAINED:
        return terminal
    if terminal.first and (at <= terminal.latest or not terminal.since):
        first, latest = min(at, terminal.first), max(at, terminal.latest)
        return replace(terminal, first=first, latest=latest, run=terminal.run + blame)
    genuine = terminal.genuine
    return replace(terminal, before=min(at, genuine), first=at, latest=at, run=blame, since=int(genuine > at))
