"""Worker processes, and what may happen to them.

Each is a child of the harness and ends with it. A worker's log has the number of its start in its name, so that a
failure can be read in order.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

WORKER: Sequence[str] = (sys.executable, "-m", "agents.chaos.worker")
END_SECONDS = 60.0
"""For any end that is waited for: an orderly stop gives up after thirty, and the machine may be slow."""
POLL_SECONDS = 0.02
KILLED, TERMINATED = -signal.SIGKILL, -signal.SIGTERM
STARTING = b"Starting..."
"""Faust's word, before which a worker has touched nothing."""
JOINING = b"(Re-)joining group"
"""aiokafka's words."""


class StuckError(Exception):
    """What had to happen did not happen in time: a finding, like a lost record."""


class Worker:
    """One process, with variables of its own beside the harness's; it ends when its standard input does."""

    def __init__(self, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> None:
        self.log = log
        self.was_awaited = False  # its end was planned
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C is for the harness
            )

    @property
    def code(self) -> int | None:
        """The exit code; None while it lives, frozen or not."""
        code = self._process.poll()
        if code is not None and self._process.stdin is not None:
            self._process.stdin.close()
        return code

    @property
    def is_frozen(self) -> bool:
        """True while SIGSTOP holds it."""
        if self.code is not None:
            return False
        return os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT) is not None

    @property
    def was_young(self) -> bool:
        """True while, and if it ended while, its program was only being loaded."""
        return STARTING not in self.log.read_bytes()

    def send(self, number: signal.Signals) -> None:
        """A signal; nothing happens when it has ended."""
        if self.code is None:
            os.kill(self._process.pid, number)

    async def ended(self, seconds: float = END_SECONDS) -> int:
        """Wait for its end; the exit code. Raises StuckError."""
        await until(lambda: self.code is not None, seconds, f"the worker of {self.log.name} did not end")
        self.was_awaited = True
        return self._process.returncode

    async def freezes(self) -> None:
        """Wait until SIGSTOP holds it. Raises StuckError."""
        await until(lambda: self.is_frozen, END_SECONDS, f"the worker of {self.log.name} did not freeze")

    async def joins(self) -> None:
        """Wait until it asks to join its group, or ends. Raises StuckError."""
        await until(
            lambda: JOINING in self.log.read_bytes() or self.code is not None,
            END_SECONDS,
            f"the worker of {self.log.name} did not join its group",
        )

    def terminate(self) -> None:
        """Ask for an orderly end; does not wait for it."""
        self.send(signal.SIGTERM)

    async def stop(self) -> int:
        """SIGTERM, and the exit code, which is 0 for an orderly end."""
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        return await self.ended()

    async def kill(self) -> int:
        self.send(signal.SIGKILL)
        return await self.ended()


async def until(true: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for something that another process brings about. Raises StuckError."""
    async with limit(seconds, what):
        while not true():  # noqa: ASYNC110 -- another process sets no Event
            await asyncio.sleep(POLL_SECONDS)


class limit:  # noqa: N801 -- reads as a statement: async with limit(5, "the group did not move")
    """A time limit that says what was waited for."""

    def __init__(self, seconds: float, what: str) -> None:
        self._timeout, self._words = asyncio.timeout(seconds), f"{what} within {seconds:.0f} s"

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(self, kind: object, *rest: object) -> None:
        try:
            await self._timeout.__aexit__(kind, *rest)  # type: ignore[arg-type] # passed through as they came
        except TimeoutError as error:
            raise StuckError(self._words) from error
