"""Windows as rows: what a windowed table stores, under which keys, and what it asks of the store.

Why: the state of windows is ordinary rows of the chunk transaction, so that it commits with everything else or not at
all. A row's key is one letter for its kind, then a time or a key of the caller's, so that range reads meet rows in
the order of time.
The story continues in `hopping.py`, `session.py` and `sliding.py`, which keep these rows.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from streams.windows.instants import STAMP_DIGITS, stamp, unstamp

A = TypeVar("A")
V = TypeVar("V")

PANE = "p"
OPEN = "k"
DUE = "t"
CLOSED = "c"
MARK = "m"
AFTER_OPEN = chr(ord(OPEN) + 1)
KEY_AT = 1 + STAMP_DIGITS

POINT_READS = 2_000
"""Above so many point reads, a range read that skips other keys is taken to be cheaper."""


class Pane(msgspec.Struct, Generic[A], frozen=True, gc=False, array_like=True, tag="pane"):
    """Key `p<start><key>`: the events of one key in one slice of time. `touched`: the boundary at the last change."""

    accumulator: A
    touched: int


class Span(msgspec.Struct, Generic[A], frozen=True, gc=False, array_like=True):
    """A session, or for sliding windows the events of one instant: from start to end, in milliseconds."""

    start: int
    end: int
    accumulator: A
    touched: int


class Open(msgspec.Struct, Generic[A], frozen=True, gc=False, array_like=True, tag="open"):
    """Key `k<key>`: all that is open of one key, in order of time. `due`: where its Due row stands."""

    due: int
    spans: tuple[Span[A], ...]


class Due(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="due"):
    """Key `t<time><key>`: look at this key's Open row when windows up to this time close."""


class Closed(msgspec.Struct, Generic[A], frozen=True, gc=False, array_like=True, tag="closed"):
    """Key `c<end><key>`: the final total of a window, kept for readers while the retention lasts."""

    start: int
    accumulator: A


class Mark(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="mark"):
    """Key `m`: windows that end up to `closed` have closed; early results were said last at the boundary `said`."""

    closed: int
    said: int


class Rows(Protocol[V]):
    """The store as windows see it: a mapping that reads its own writes and can be read in the order of its keys."""

    def get(self, key: str, /) -> V | None: ...
    def __setitem__(self, key: str, row: V, /) -> None: ...
    def __delitem__(self, key: str, /) -> None: ...
    def range(self, low: str, high: str, /) -> Iterable[tuple[str, V]]:
        """Rows from low (included) to high (excluded), in the order of keys. It is not written to while it is read."""
        ...


class MemoryRows(dict[str, V]):
    """Rows in a dict, for tests and for trying things out."""

    def range(self, low: str, high: str, /) -> Iterator[tuple[str, V]]:
        return iter(sorted((key, row) for key, row in self.items() if low <= key < high))


def row_type(accumulator: Any) -> Any:
    """The msgspec type of a windowed table's rows, given the type of its accumulators."""
    return Pane[accumulator] | Open[accumulator] | Closed[accumulator] | Mark | Due


def all_open(rows: Rows[Any]) -> list[tuple[str, tuple[Span[Any], ...]]]:
    """Every key with its open spans, in the order of keys; as many row reads as there are keys."""
    return [(name[len(OPEN) :], row.spans) for name, row in rows.range(OPEN, AFTER_OPEN)]


def rows_of_key(rows: Rows[Any], kind: str, key: str, times: range) -> Iterator[tuple[int, Any]]:
    """One key's rows of a kind at the given times, in order: by point reads if they are few, else by a range read."""
    if (times.stop - times.start) // times.step <= POINT_READS:
        named = ((time, rows.get(kind + stamp(time) + key)) for time in times)
        yield from ((time, row) for time, row in named if row is not None)
        return
    for name, row in rows.range(kind + stamp(times.start), kind + stamp(times.stop)):
        if name[KEY_AT:] == key:
            yield unstamp(name[1:KEY_AT]), row
