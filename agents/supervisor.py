"""Keeps processes running: each is a child, started anew when it dies, ended when the supervisor ends.

A child learns of its parent's death by a pipe: it reads from standard input (`end_with_parent`), which the parent holds
open and never writes to. That works on every system, and even when the parent is killed. Children have sessions of
their own, so that Ctrl-C reaches the parent alone, which then stops them in order.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 30.0
"""Before a child is started anew: doubled each time it dies young."""
GROWN_UP_SECONDS = 5.0
"""A child that has lived so long is not dying of what it was started with."""
STOP_SECONDS = 35.0
"""A little longer than a worker gives itself for an orderly end (streams/engine/worker.py)."""
ORPHANED_SECONDS = 10.0
"""For an orderly end without a parent; then by force."""
WRONG_USAGE = 2
"""The exit code of a child that cannot run as it was told to: starting it again would change nothing."""


@dataclass
class Child:
    """One process that is to run.

    Args:
        name: of the process, in messages.
        command: the program and its arguments.
        environment: variables of its own, over those of this process.
        output: the file that its words are appended to; None: where this process writes.
        url: where it can be asked, if it can.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    output: Path | None = None
    url: str = ""
    process: Process | None = field(default=None, init=False)
    starts: int = field(default=0, init=False)

    @property
    def pid(self) -> int | None:
        """None while it does not run."""
        running = self.process is not None and self.process.returncode is None
        return self.process.pid if running and self.process is not None else None


class Supervisor:
    """Use it in an `async with`: the end of the block stops every child.

    Args:
        tell: called with a sentence when a child dies, and when it is started anew.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._keepers: list[asyncio.Task[int]] = []
        self.children: dict[str, Child] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_reason: object) -> None:
        await self.stop()

    def keep(self, child: Child) -> None:
        """Start it, and start it again whenever it ends."""
        self.children[child.name] = child
        self._keepers.append(asyncio.create_task(self._keep(child), name=child.name))

    async def wait(self) -> int:
        """Wait until a child cannot run as it was told to; returns its exit code. Raises what starting one raised."""
        done, _ = await asyncio.wait(self._keepers, return_when=asyncio.FIRST_COMPLETED)
        return next(iter(done)).result()

    def kill(self, name: str) -> int:
        """SIGKILL, as a power cut would; returns the pid that is no more. Raises ProcessLookupError: it is down."""
        pid = self.children[name].pid
        if pid is None:
            raise ProcessLookupError(f"{name} does not run")
        os.kill(pid, signal.SIGKILL)
        return pid

    async def stop(self) -> None:
        """SIGTERM to all, patience, SIGKILL to what is left."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        self._keepers.clear()
        running = [child.process for child in self.children.values() if child.process and child.pid]
        _signal(running, signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await _ended(running)
        except TimeoutError:
            self._tell(f"some did not end within {STOP_SECONDS:.0f} s and are killed")
        finally:
            _signal(running, signal.SIGKILL)
        await _ended(running)

    async def _keep(self, child: Child) -> int:
        pause = FIRST_PAUSE_SECONDS
        while True:
            started = time.monotonic()
            await self._start(child)
            assert child.process is not None
            code = await child.process.wait()
            if code == WRONG_USAGE:
                return code
            if time.monotonic() - started > GROWN_UP_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            self._tell(f"{child.name} {_how(code)}; it is started again in {pause:.1f} s")
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _start(self, child: Child) -> None:
        with child.output.open("ab") if child.output else contextlib.nullcontext() as output:
            child.process = await asyncio.create_subprocess_exec(
                *child.command,
                stdin=asyncio.subprocess.PIPE,
                stdout=output,
                stderr=output,
                env={**os.environ, **child.environment},
                start_new_session=True,
            )
        child.starts += 1


async def _ended(processes: Sequence[Process]) -> None:
    await asyncio.gather(*(process.wait() for process in processes))


def _signal(processes: Sequence[Process], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)


def _how(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


def end_with_parent() -> None:
    """Called by a child: from now on the end of standard input is the end of the process, in order if it can be."""
    threading.Thread(target=_wait_for_parent, name="parent", daemon=True).start()


def _wait_for_parent() -> None:
    with contextlib.suppress(OSError, ValueError):
        os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(ORPHANED_SECONDS)
    os._exit(1)
