"""One process of the counting service: `python -m agents.chaos.worker '<a Plan as JSON>'`.

The plan says where it dies, if it is to die by itself, and how its wall clock misbehaves. `crew.py` starts it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from agents.chaos import counting
from agents.chaos.plan import Plan
from streams.engine import worker
from streams.engine.config import EngineConfig
from streams.engine.faults import kill_at, no_fault

if TYPE_CHECKING:
    from streams.engine.faults import Fault


def main(plan: Plan) -> int:
    """Run until a signal, a failure, or the end of the parent; returns the exit code."""
    logging.basicConfig(format="%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s", level=logging.INFO)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _set_clock(plan)
    config = EngineConfig(
        connection={"bootstrap_servers": plan.bootstrap},
        state=Path(plan.state),
        session_timeout_seconds=plan.session_seconds,
        heartbeat_seconds=plan.session_seconds / 5,
        replication=plan.replication,
        standbys=plan.standbys,
        fault=_fault(plan),
    )
    return asyncio.run(worker.run(counting.build(plan.name, plan.partitions), config))


def _fault(plan: Plan) -> Fault:
    if plan.freeze:
        return _freeze_at(plan.freeze)
    return kill_at(plan.kill) if plan.kill else no_fault


def _freeze_at(plan: str) -> Fault:
    """Stops the process, which SIGCONT lets go on, at the n-th visit of a point."""
    point, _, count = plan.partition(":")
    left = int(count)

    def fault(here: str) -> None:
        nonlocal left
        if here == point:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGSTOP)

    return fault


def _set_clock(plan: Plan) -> None:
    """Python's wall clock jumps as planned; the monotonic clock goes on, as it does when an administrator sets one."""
    if not plan.clock:
        return
    real, began = time.time, time.monotonic()

    def jumping() -> float:
        age = time.monotonic() - began
        return real() + next((off for after, off in reversed(plan.clock) if age >= after), 0.0)

    time.time = jumping


def _end_with_parent() -> None:
    """The parent holds the other end of standard input."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(msgspec.json.decode(sys.argv[1], type=Plan)))
