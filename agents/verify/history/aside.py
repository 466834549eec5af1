"""What was set aside (`dead-letters`) or came too late (`late-events`) is accounted for, not lost."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from agents.verify.record import Position, read_fact

if TYPE_CHECKING:
    from agents.verify.record import Record

HEADERS = ("source-topic", "source-partition", "source-offset", "error-class", "error-message", "attempt", "service")
"""What a dead letter must say about itself."""


class DeadLetter(NamedTuple):
    position: Position
    source: Position | None
    """None when its headers do not say; offset -1 when there was no record (a timer)."""
    service: str
    fingerprint: int
    missing: tuple[str, ...]
    """Headers that are absent or make no sense."""


class AsideBook:
    """Dead letters and late events by where they came from."""

    def __init__(self) -> None:
        self.letters: list[DeadLetter] = []
        self.services: dict[Position, Counter[str]] = {}
        """Source: how many dead letters each service wrote for it."""
        self.late_sources: set[Position] = set()
        self.late_ids: set[str] = set()

    def dead(self, record: Record) -> None:
        headers = _texts(record)
        source = _source(headers)
        missing = tuple(name for name in HEADERS if name not in headers)
        if source is None and not missing:
            missing = ("source-offset",)
        service = headers.get("service", "?")
        fingerprint = hash((record.key, record.value))
        self.letters.append(DeadLetter(record.position, source, service, fingerprint, missing))
        if source is not None and source.offset >= 0:
            self.services.setdefault(source, Counter())[service] += 1

    def late(self, record: Record) -> None:
        """A late event names its source in its headers, its id or its cause."""
        source = _source(_texts(record))
        if source is not None:
            self.late_sources.add(source)
        fact = read_fact(record.value)
        if fact is not None:
            self.late_ids |= {name for name in (fact.event_id, fact.causation_id) if name}


def _texts(record: Record) -> dict[str, str]:
    return {name: value.decode(errors="replace") for name, value in record.headers if value is not None}


def _source(headers: dict[str, str]) -> Position | None:
    try:
        return Position(headers["source-topic"], int(headers["source-partition"]), int(headers["source-offset"]))
    except (KeyError, ValueError):
        return None
