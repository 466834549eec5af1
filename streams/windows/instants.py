"""Event time as numbers: integer milliseconds since the epoch, and their spelling inside row keys.

Why: rows are found by time with range reads, so the spelling of a time must sort as the time does, negative times
included.
The story continues in `rows.py` (what is stored) and `watermarks.py` (how time moves).
"""

BEGINNING = -(1 << 62)
"""Before every event: the watermark of a stream that has shown nothing. Milliseconds."""

END = 1 << 62
"""After every event: advance a window to it and all that is open closes. Milliseconds."""

STAMP_DIGITS = 16
_ZERO = 1 << 63  # keeps every time between BEGINNING and END positive and within the digits above


def stamp(time_ms: int) -> str:
    """Spell a time so that text order is time order.

    Times lie between BEGINNING and END, give or take a window's size.
    """
    return f"{time_ms + _ZERO:016x}"


def unstamp(text: str) -> int:
    """Read back what `stamp` wrote, in milliseconds."""
    return int(text, 16) - _ZERO
