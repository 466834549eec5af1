"""What is kept of a sitting: its command, the machine, and every run as it was. Figures are made of it, never typed.

`--json` writes it anywhere; `--docs` writes it beside `docs/benchmarks.md`, and the page's section anew (page.py).
"""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Self

from benchmarks.machine import describe

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Record:
    """One sitting."""

    command: str
    machine: dict[str, Any]
    runs: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def begin(cls) -> Self:
        """Of this process's command, on this machine, now."""
        return cls(shlex.join(["millrace", *sys.argv[1:]]), describe())

    @classmethod
    def load(cls, path: Path) -> Self:
        """As it was saved."""
        return cls(**json.loads(path.read_text()))

    def save(self, path: Path) -> None:
        """One run a line, so that a difference is easy to see."""
        runs = ",\n".join(f"  {json.dumps(run)}" for run in self.runs)
        head = {name: value for name, value in asdict(self).items() if name != "runs"}
        text = f'{json.dumps(head)[:-1]}, "runs": [\n{runs}\n]}}\n'
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def origin(self) -> str:
        """The sentence under every table: which command, when, where."""
        machine = self.machine
        return (
            f"`{self.command}`, {machine['when']}, commit {machine['commit']}, Kafka {machine['kafka']}, Python "
            f"{machine['python']}, {machine['cores']} cores ({machine['processor']}) shared by broker and engine, "
            f"load {machine['load']} at the start."
        )
