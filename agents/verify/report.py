"""The verdict, for a person (`table`), for a machine (`to_json`), and for an exit code (`ok`)."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from collections import Counter

SHOWN = 20
"""Violations kept per check: enough to see a pattern, few enough to hold a broken history."""


@dataclass(frozen=True, slots=True)
class Violation:
    """What is wrong, and with whom: an order, a product, a transaction, a place in a topic."""

    check: str
    subject: str
    text: str


@dataclass(slots=True)
class Check:
    """One invariant and what it found. `open`: not wrong yet, because the stream still runs."""

    name: str
    meaning: str
    allow_open: bool = False
    checked: int = 0
    failed: int = 0
    open: int = 0
    violations: list[Violation] = field(default_factory=list)
    """The first of those that failed."""

    @property
    def ok(self) -> bool:
        return not self.failed

    def wrong(self, subject: str, text: str) -> None:
        """It cannot be made good by any event to come."""
        self.failed += 1
        if self.failed <= SHOWN:
            self.violations.append(Violation(self.name, subject, text))

    def missing(self, subject: str, text: str) -> None:
        """It is wrong at rest; in a running stream the answer may still come."""
        if self.allow_open:
            self.open += 1
        else:
            self.wrong(subject, text)


@dataclass(slots=True)
class Report:
    """What was read, what was asked of it, and what was found."""

    checks: list[Check]
    inputs: dict[str, Counter[str]]
    """Input topic: its records by what became of them; the numbers add up to the topic."""
    records: dict[str, int]
    """Topic: records read; a topic that does not exist has 0."""
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return all(check.ok for check in self.checks)

    @property
    def violations(self) -> list[Violation]:
        """The first few of every check that failed."""
        return [violation for check in self.checks for violation in check.violations]

    def to_json(self) -> str:
        told = {
            "ok": self.ok,
            "failed": sum(check.failed for check in self.checks),
            "seconds": round(self.seconds, 3),
            "records": self.records,
            "inputs": self.inputs,
            "checks": [asdict(check) for check in self.checks],
        }
        return json.dumps(told, indent=2)

    def table(self) -> Table:
        table = Table("check", "checked", "violations", "open", "first", title="Invariants")
        for check in self.checks:
            first = f"{check.violations[0].subject}: {check.violations[0].text}" if check.violations else ""
            style = None if check.ok else "bold red"
            table.add_row(check.name, f"{check.checked:,}", f"{check.failed:,}", f"{check.open:,}", first, style=style)
        return table

    def inputs_table(self) -> Table:
        table = Table("input topic", "became", "records", title="Every input is accounted for")
        for topic, counted in self.inputs.items():
            for became, count in sorted(counted.items()):
                table.add_row(topic, became, f"{count:,}")
        return table
