"""Flame graphs of a running worker, by py-spy: where its time goes, without a line in the worker for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from agents.cli.errors import UserError
from benchmarks.engines.python_peer import environment
from streams.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

SECONDS: Final = 10
SAMPLES_PER_SECOND: Final = 200


async def record(pid: int, target: Path) -> None:
    """Watch a process for SECONDS, or until it ends, and write an SVG. Raises UserError: it cannot be watched."""
    python = environment("py-spy", Settings.load().local.cache)
    command = ["record", f"--pid={pid}", f"--duration={SECONDS}", f"--rate={SAMPLES_PER_SECOND}", "--nonblocking",
               "--format=flamegraph", f"--output={target}"]  # fmt: skip
    watcher = await asyncio.create_subprocess_exec(
        python.with_name("py-spy"), *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    words, _ = await watcher.communicate()
    if watcher.returncode:
        raise UserError(f"py-spy: {words.decode(errors='replace').strip()}")
