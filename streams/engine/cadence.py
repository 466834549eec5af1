"""When a transaction begins, and how many records a chunk holds. Both follow from what the machine is seen to do.

A transaction costs as much as some hundreds of events do, so it waits for company, in proportion to what commits take.
Under a backlog, too: each chunk would be committed alone otherwise, and work goes on meanwhile. `committer.py` and
`transport.py` ask here.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from streams.engine.config import Limits

NEWEST_SHARE: Final = 0.1  # of the last commit in what commits usually take, and of the last chunk in what records do
LARGE_RECORDS: Final = 1_000  # a transaction of so many goes at once where all was read; who reads fewer has caught up
LONGEST_ROUND_SECONDS = 0.01  # a transaction waits no longer for the chunks that were fetched together
CHUNK_SECONDS: Final = (
    0.005  # of CPU time: everything else in the process waits so long, and what a chunk makes is memory in use
)
TELLING_RECORDS: Final = 50  # a chunk of fewer says little about what a record takes
FEWEST_RECORDS: Final = 200  # that a chunk may hold, however slow its rules are: each chunk costs something, too
FIRST_RECORDS: Final = 1_000  # that a chunk may hold while nothing is known


class Cadence:
    """When the next transaction begins."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._enough = asyncio.Event()
        self._behind = False
        self._round, self._expected = asyncio.Event(), 0  # set when a chunk of each partition fetched together is here
        self._began = 0.0
        self._usual_seconds = 0.0  # what a commit takes, the last ones counting most

    def expect(self, partitions: int, *, behind: bool) -> None:
        """A round: of so many partitions something was fetched together, and at least a chunk of each will come.

        Args:
            partitions: none of them, if only time has passed.
            behind: there was more to read.
        """
        self._expected, self._behind = partitions, behind
        if partitions > 0:
            self._round.clear()

    def first_chunk_came(self) -> None:
        """Another transaction is filled now."""
        self._enough.clear()

    def chunk_came(self, records: int, *, full: bool) -> None:
        """A chunk came, and its transaction has so many records now."""
        self._expected -= 1
        if full or (records >= LARGE_RECORDS and not self._behind):
            self._enough.set()
        if self._expected <= 0:
            self._round.set()

    def began(self) -> None:
        """A transaction begins."""
        self._began = time.monotonic()

    def committed(self, seconds: float) -> None:
        """It is done, and its commit took so long."""
        self._usual_seconds += (seconds - self._usual_seconds) * NEWEST_SHARE

    async def rest(self, lead_seconds: float) -> None:
        """Where nothing is left to read, wait until so long before the next transaction may begin: chunks cut before
        that would only be small, and those cut later would miss it.
        """
        left = self._left() - lead_seconds
        if left > 0:
            await asyncio.sleep(left)

    async def until_due(self) -> None:
        """Wait until the transaction that is being filled shall begin: when it has enough, or else so long after the
        one before it, and then with a chunk of each partition of the round.
        """
        await _within(self._left(), self._enough)
        if not self._enough.is_set():
            await _within(LONGEST_ROUND_SECONDS, self._round)

    def _left(self) -> float:
        return self._began + self._limits.linger(self._usual_seconds) - time.monotonic()


async def _within(seconds: float, event: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


class ChunkSize:
    """How many records a chunk may hold: as many as are usually worked off in CHUNK_SECONDS.

    Args:
        most: however fast that is.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._usual_seconds = CHUNK_SECONDS / FIRST_RECORDS  # what a record takes, the last chunks counting most

    @property
    def records(self) -> int:
        """At most so many in a chunk that is cut now."""
        return min(self._most, max(FEWEST_RECORDS, round(CHUNK_SECONDS / self._usual_seconds)))

    def took(self, records: int, seconds: float) -> None:
        """A chunk of so many records took so much CPU time."""
        if records >= TELLING_RECORDS:
            self._usual_seconds += (seconds / records - self._usual_seconds) * NEWEST_SHARE
