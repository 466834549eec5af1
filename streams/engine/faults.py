"""Named kill points: where the chaos harness stops the world inside a chunk's life.

`MILLRACE_FAULT=name[:n]` (read by the worker, passed here) kills the process with SIGKILL the n-th time it reaches the
point; unset, a point costs one attribute call. The driver raises `InjectedFault` instead.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Final

POINTS: Final = (
    "before-begin",
    "before-offsets",
    "after-offsets",
    "after-produce",
    "before-end",
    "after-end",
    "before-write",
    "after-write",
    "during-recovery",
    "during-revocation",
    "during-shutdown",
)

Fault = Callable[[str], None]


class InjectedFault(Exception):  # noqa: N818 -- a fault is what it is, not an error of ours
    """The driver was told to fail at this point."""


def no_fault(_point: str) -> None:
    """Nothing happens: the shipped behaviour."""


def kill_at(plan: str) -> Fault:
    """A fault that kills this process at the n-th visit of a point.

    Args:
        plan: `point` or `point:n`, n counted from 1.

    Raises:
        ValueError: no such point.
    """
    point, _, count = plan.partition(":")
    if point not in POINTS:
        raise ValueError(f"no kill point {point!r}; there are {', '.join(POINTS)}")
    left = int(count or 1)

    def fault(here: str) -> None:
        nonlocal left
        if here == point:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return fault
