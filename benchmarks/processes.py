"""Starts the programs that are measured, ends them, and reads from `/proc` what they used.

Engines differ in what they report of themselves, so none is asked.
"""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from agents.cli.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

ROOT = Path(__file__).parents[1]
"""Where programs run, so that they find this repository's packages."""
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
STOP_SECONDS = 30.0
"""For an orderly end; then by force."""
LAST_LINES = 20


class EndedError(UserError):
    """A program ended before its work was done; the message has its last words."""


def family(pid: int) -> Iterator[int]:
    """A process and all that it started, as far as they live."""
    yield pid
    with suppress(FileNotFoundError, ProcessLookupError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            for child in (thread / "children").read_text().split():
                yield from family(int(child))


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time of processes so far; those that ended do not count."""
    total = 0
    for pid in pids:
        with suppress(FileNotFoundError, ProcessLookupError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total / TICK


def rss_mb(pids: Iterable[int]) -> float:
    """Resident sets of processes now, added up."""
    total = 0
    for pid in pids:
        with suppress(FileNotFoundError, ProcessLookupError):
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return total * PAGE / 1e6


@dataclass
class Programs:
    """Some processes of one engine. Use it in a `with`: its end is theirs.

    Args:
        commands: one for each process.
        log: the file for what they say.
    """

    commands: Sequence[Sequence[str]]
    log: Path
    _running: list[subprocess.Popen[bytes]] = field(default_factory=list, init=False)

    def __enter__(self) -> Self:
        with self.log.open("ab") as log:
            for command in self.commands:
                started = subprocess.Popen(
                    command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
                )
                self._running.append(started)
        return self

    def __exit__(self, *_reason: object) -> None:
        self.stop()

    def pids(self) -> list[int]:
        """Of the processes and their children."""
        return [pid for process in self._running for pid in family(process.pid)]

    def check(self) -> None:
        """Raises EndedError when one has ended."""
        for process in self._running:
            if process.poll() is not None:
                raise EndedError(f"it ended with exit code {process.returncode}: {self.last_words()}")

    def stop(self) -> None:
        """SIGTERM to all, patience, SIGKILL to what is left."""
        running, self._running = self._running, []
        for process in running:
            process.terminate()
        for process in running:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def last_words(self) -> str:
        """The end of the log."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-LAST_LINES:]) or "(it wrote nothing)"
