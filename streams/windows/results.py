"""What a window says: a result, early or final, or that an event came too late.

Why: the caller turns these values into events (`insights`, `late-events`); the windows know no topic.
The story continues in `windowed.py`, which makes them.
"""

from typing import Any, Literal

import msgspec

Phase = Literal["early", "final", "retracted"]
"""early: may still change. final: said once. retracted: an early session that has become part of an earlier one."""


class Window(msgspec.Struct, frozen=True, order=True, gc=False):
    """The times from start (included) to end (excluded), in milliseconds, as in Flink's TimeWindow."""

    start: int
    end: int


class Result(msgspec.Struct, frozen=True, gc=False):
    """What the aggregation says of one key in one window; the value of a retracted result is None."""

    key: str
    window: Window
    value: Any
    phase: Phase


class Late(msgspec.Struct, frozen=True, gc=False):
    """An event that every window it belongs to had closed before.

    `window` is the last of those. `watermark` is the one that the event was too old for. Milliseconds.
    """

    key: str
    window: Window
    time: int
    watermark: int


class Total(msgspec.Struct, frozen=True, gc=False):
    """One key's accumulator over one window, before the aggregation makes a result of it."""

    key: str
    window: Window
    accumulator: Any


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """What adding an event did: the window it missed, or the sessions that it made part of an earlier one."""

    missed: Window | None = None
    absorbed: tuple[Window, ...] = ()


ADDED = Outcome()


def closing_order(total: Total) -> tuple[int, str]:
    """By end, then by key: the order in which results are said, whatever the chunk size."""
    return total.window.end, total.key
