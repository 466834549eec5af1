"""Committed rows of a partition that wait to be written to disk, several transactions together: see `store.py`."""

from __future__ import annotations

import bisect
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

MOST_CHANGES = 4_000  # after a crash recovery reads so many records more
MOST_BYTES = 1 << 20  # of values
MOST_SECONDS = 0.5  # after which the next transaction takes along whatever waits

Write = tuple[bytes, bytes | None]


class WaitingRows(dict[bytes, bytes | None]):
    """The latest change of each row, by key; None: deleted."""

    def __init__(self) -> None:
        super().__init__()
        self._keys: list[bytes] | None = None  # in order; None: not wanted so far
        self.written()

    def add(self, rows: Collection[Write]) -> None:
        """Let these wait as well."""
        self.update(rows)
        self._keys = None
        self._changes += len(rows)
        self._bytes += sum([len(value) for _, value in rows if value])

    @property
    def are_enough(self) -> bool:
        """Whether they have become many, heavy or old."""
        many = self._changes >= MOST_CHANGES or self._bytes >= MOST_BYTES
        return many or time.monotonic() >= self._due

    def written(self) -> None:
        """They are on disk, and wait no more."""
        self.clear()
        self._keys = None
        self._changes, self._bytes, self._due = 0, 0, time.monotonic() + MOST_SECONDS

    def between(self, low: bytes, high: bytes) -> list[Write]:
        """Those with low <= key < high, in key order."""
        keys = self._keys
        if keys is None:
            keys = self._keys = sorted(self)
        return [(key, self[key]) for key in between(keys, low, high)]


def between(keys: Sequence[bytes], low: bytes, high: bytes) -> Sequence[bytes]:
    """Of keys in order, those with low <= key < high."""
    return keys[bisect.bisect_left(keys, low) : bisect.bisect_left(keys, high)]
