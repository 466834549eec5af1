"""What a judge found: how much was read, and what of it was wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

SHOWN = 20
"""Violations kept in words; all are counted."""


@dataclass
class Verdict:
    """What was read, and by kind how often it was wrong."""

    inputs: int = 0
    outputs: int = 0
    dead_letters: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    """lost, duplicated, wrong, disordered, table, store, unfed, stuck, exit, error: how often each."""
    violations: list[str] = field(default_factory=list)
    """The first of them, in words."""

    @property
    def ok(self) -> bool:
        return not self.wrong

    def add(self, kind: str, words: str) -> None:
        self.wrong[kind] += 1
        if len(self.violations) < SHOWN:
            self.violations.append(f"{kind}: {words}")
