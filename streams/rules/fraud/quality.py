"""How good the verdicts of the last days were, and how each analyst's rule would have done: counts that labels fill.

A day is the day of the attempt; precision and recall follow from three numbers. `tables/fraud.py` shows them.
"""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from streams.rules import Rows
from streams.rules.fraud.facts import TerminalLabelled
from streams.rules.fraud.fade import DAY
from streams.rules.fraud.rows import Scored

KEPT_DAYS: Final = 90


class Day(Struct, frozen=True, array_like=True, gc=False):
    """Labelled attempts of one day: detected frauds, detected genuine ones, missed frauds, all."""

    caught: int = 0
    disturbed: int = 0
    missed: int = 0
    labelled: int = 0

    @property
    def precision(self) -> float | None:
        raised = self.caught + self.disturbed
        return self.caught / raised if raised else None

    @property
    def recall(self) -> float | None:
        frauds = self.caught + self.missed
        return self.caught / frauds if frauds else None


class Tally(Struct, frozen=True, array_like=True, gc=False):
    """What a rule's version matched, and what labels said of it so far."""

    matched: int = 0
    frauds: int = 0
    genuine: int = 0


def day_key(at: int) -> str:
    """The row of the day of `at` (ms)."""
    return str(at // DAY)


def counted(tallies: Rows[Tally], rule: str) -> None:
    """One more match of a rule, named `id@version`."""
    tally = tallies.get(rule) or Tally()
    tallies[rule] = replace(tally, matched=tally.matched + 1)


def judged(days: Rows[Day], tallies: Rows[Tally], truth: TerminalLabelled, scored: Scored) -> None:
    """Book a label: whether its verdict was right, and which rules had matched."""
    if scored.codes:
        key = day_key(truth.attempted)
        day = days.get(key)
        if day is None:
            day = Day()
            _dropped(days, truth.attempted)
        raised = bool(scored.detection)
        days[key] = Day(
            day.caught + (raised and truth.fraud),
            day.disturbed + (raised and not truth.fraud),
            day.missed + (truth.fraud and not raised),
            day.labelled + 1,
        )
    for rule in scored.matched:
        tally = tallies.get(rule) or Tally()
        tallies[rule] = replace(tally, frauds=tally.frauds + truth.fraud, genuine=tally.genuine + (not truth.fraud))


def _dropped(days: Rows[Day], at: int) -> None:
    old = day_key(at - KEPT_DAYS * DAY)
    if old in days:
        del days[old]
