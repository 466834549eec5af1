"""The judge reads topics with its own eyes. Nothing here comes from the language or the wire: plain JSON only.

The story continues in `history/`, which remembers what was read.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple


class Position(NamedTuple):
    """Where a record lies."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


class Record(NamedTuple):
    """A committed record, as the broker has it."""

    position: Position
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


class Fact(NamedTuple):
    """What a record says, as far as it can be read. Ids are strings."""

    type: str
    event_id: str | None
    causation_id: str | None
    correlation_id: str | None
    timestamp: str | None
    data: dict[str, Any]


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


_decode = json.JSONDecoder(parse_constant=_refuse).decode


def read_fact(value: bytes | None) -> Fact | None:
    """The event in a value; None when these bytes are no event at all."""
    try:
        event = _decode((value or b"").decode())
        event_type, data = event["event_type"], event.get("data")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    if not isinstance(event_type, str):
        return None
    return Fact(
        event_type,
        text(event.get("event_id")),
        text(event.get("causation_id")),
        text(event.get("correlation_id")),
        text(event.get("timestamp")),
        data if isinstance(data, dict) else {},
    )


def text(value: object) -> str | None:
    """An id as a string: ids may be numbers on input."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def whole(value: object) -> int:
    """A count, also from "2" or 2.0; what is none counts as zero, and the sums will tell."""
    try:
        return int(value) if isinstance(value, int | float | str) else 0
    except (ValueError, OverflowError):
        return 0
