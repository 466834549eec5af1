"""What a run of the chaos harness found, for a person and for a machine."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from agents.chaos.verdict import Verdict


@dataclass(frozen=True)
class Outcome:
    """One scenario: what was done, who ended unasked, what was found, and where the evidence of a failure is kept."""

    scenario: str
    rounds: int
    seconds: float
    harms: Counter[str]
    surprises: Counter[str]
    verdict: Verdict | None
    not_possible: str = ""
    kept: str = ""

    @property
    def ok(self) -> bool:
        return self.verdict is None or self.verdict.ok

    @property
    def state(self) -> str:
        if self.verdict is None:
            return "not possible here"
        return "held" if self.ok else "BROKEN"


@dataclass
class Report:
    """Every scenario of a run; `seed` decides what was done in which order."""

    seed: int
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return all(outcome.ok for outcome in self.outcomes)

    @property
    def harms(self) -> Counter[str]:
        return sum((outcome.harms for outcome in self.outcomes), Counter())

    @property
    def surprises(self) -> Counter[str]:
        return sum((outcome.surprises for outcome in self.outcomes), Counter())

    @property
    def kills(self) -> int:
        """Processes that were ended by SIGKILL, workers and brokers."""
        return sum(times for how, times in self.harms.items() if is_kill(how))

    @property
    def wrong(self) -> Counter[str]:
        return sum((one.verdict.wrong for one in self.outcomes if one.verdict is not None), Counter())

    def to_json(self) -> str:
        told = {
            "ok": self.ok,
            "seed": self.seed,
            "kills": self.kills,
            "harms": self.harms,
            "surprises": self.surprises,
            "wrong": self.wrong,
        }
        return json.dumps(told | {"scenarios": [_tell(outcome) for outcome in self.outcomes]}, indent=2)

    def table(self) -> Table:
        table = Table("scenario", "rounds", "kills", "inputs", "outputs", "seconds", "found", title=f"Seed {self.seed}")
        for one in self.outcomes:
            table.add_row(*_row(one), style=None if one.ok else "bold red")
        return table


def _row(one: Outcome) -> list[str]:
    kills = sum(times for how, times in one.harms.items() if is_kill(how))
    start, end = [one.scenario, str(one.rounds), str(kills)], f"{one.seconds:.0f}"
    if one.verdict is None:
        return [*start, "", "", end, one.not_possible]
    read = one.verdict
    found = ", ".join(f"{times} {kind}" for kind, times in read.wrong.items()) or one.state
    return [*start, f"{read.inputs:,}", f"{read.outputs:,}", end, found]


def is_kill(how: str) -> bool:
    """A harm whose name says that a process was killed."""
    return how.startswith("SIGKILL") or how.endswith("killed")


def _tell(outcome: Outcome) -> dict[str, object]:
    """Plain values; `asdict` would rebuild each Counter from pairs."""
    verdict = outcome.verdict
    return vars(outcome) | {
        "harms": dict(outcome.harms),
        "surprises": dict(outcome.surprises),
        "verdict": None if verdict is None else vars(verdict) | {"wrong": dict(verdict.wrong)},
        "ok": outcome.ok,
        "state": outcome.state,
    }
