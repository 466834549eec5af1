"""Waiting for the stream to come to rest: every group has committed all that there is."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from agents.cli import shop
from agents.cli.errors import UserError
from agents.verify import lags

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agents.verify import Lag

POLL_SECONDS = 0.5
STALL_SECONDS = 90.0
"""Nobody has come any further for so long: longer than a dead worker's successor needs."""


async def come_to_rest(connection: Mapping[str, Any], told: Callable[[int], None]) -> None:
    """Return at rest; `told` meanwhile how many offsets are to go. Raises UserError when nothing moves any more."""
    known: list[Lag] = []
    moved = time.monotonic()
    while left := await lags(connection, shop.groups()):
        if left != known:
            known, moved = left, time.monotonic()
        elif time.monotonic() - moved > STALL_SECONDS:
            raise UserError(f"nothing has moved for {STALL_SECONDS:.0f} s; still to be read:\n{_table(left)}")
        told(sum(lag.end - lag.committed for lag in left))
        await asyncio.sleep(POLL_SECONDS)


def _table(left: list[Lag]) -> str:
    return "\n".join(f"  {lag.group}: {lag.topic}/{lag.partition} {lag.committed} of {lag.end}" for lag in left)
