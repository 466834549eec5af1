"""Deadlines of keys: which keys have something to close.

Why: sessions grow with every event, so an index that followed their ends would cost two writes per event. A key has
one deadline at most, never later than the first thing it has to close; when it comes too early, the key is looked at
and it moves on.
The story continues in `session.py`, `sliding.py` and `joins.py`.
"""

from typing import Any, Protocol

from streams.windows.instants import END, stamp, unstamp
from streams.windows.rows import DUE, KEY_AT, OPEN, Due, Rows


class Scheduled(Protocol):
    """What is open of one key, with its deadline."""

    @property
    def due(self) -> int: ...


def due_keys(rows: Rows[Any], mark: int, boundary: int) -> list[str]:
    """The keys whose deadline lies from the mark to the boundary, both included, in the order of deadlines."""
    return [name[KEY_AT:] for name, _ in rows.range(DUE + stamp(mark), DUE + stamp(boundary + 1))]


def any_due(rows: Rows[Any], mark: int, boundary: int) -> bool:
    """True when `due_keys` would find a key; reads one row."""
    return next(iter(rows.range(DUE + stamp(mark), DUE + stamp(boundary + 1))), None) is not None


def next_due(rows: Rows[Any], mark: int) -> int | None:
    """The first deadline from the mark on; None: nothing is open. Reads one row."""
    first = next(iter(rows.range(DUE + stamp(mark), DUE + stamp(END))), None)
    return None if first is None else unstamp(first[0][1:KEY_AT])


def store(rows: Rows[Any], key: str, before: Scheduled | None, after: Scheduled | None) -> None:
    """Replace what is open of a key (None: nothing) and move its deadline."""
    if before is not None and (after is None or before.due != after.due):
        del rows[DUE + stamp(before.due) + key]
    if after is not None and (before is None or before.due != after.due):
        rows[DUE + stamp(after.due) + key] = Due()
    if after is not None:
        rows[OPEN + key] = after
    elif before is not None:
        del rows[OPEN + key]
