"""What the sitting knows of an engine: its name, what it promises, and how to start it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Job:
    """One run: where the broker is, under which name the engine counts, from where to where, and its own folder."""

    bootstrap: str
    application: str
    source: str
    output: str
    state: Path

    @property
    def arguments(self) -> list[str]:
        """As every program of the keyed count takes them."""
        return [self.bootstrap, self.application, self.source, self.output, str(self.state)]


@dataclass(frozen=True)
class Engine:
    """Args:
    name: on the command line and in files.
    title: in tables and plots.
    promise: what its outputs and its state are worth after a crash.
    prepare: makes the program ready, given the folder of all that is fetched once; returns the command's beginning.
    options: the command's end.
    processes: how many of it run.
    share: of the sitting's events that it gets, so that a slow engine's run takes no longer than a fast one's.
    """

    name: str
    title: str
    promise: str
    prepare: Callable[[Path], Sequence[str]]
    options: tuple[str, ...] = ()
    processes: int = 1
    share: float = 1.0

    def commands(self, program: Sequence[str], job: Job) -> list[list[str]]:
        """One for each process."""
        return [[*program, *job.arguments, *self.options]] * self.processes
