"""What the shop writes down before it is bytes (`Draft`), and the bytes (`FeedRecord`).

The feed speaks plain JSON, as a foreign producer would; that the language understands it is a test's business.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec

_json = msgspec.json.Encoder()


class FeedRecord(NamedTuple):
    """One record to publish. `at` is seconds since the start of the feed and never falls."""

    topic: str
    key: bytes
    value: bytes
    at: float


@dataclass(slots=True)
class Draft:
    """An event before it is sent. `at`: when it is published; `time`: when it happened; seconds since the start."""

    topic: str
    key: str
    event_type: str
    data: dict[str, Any]
    at: float
    time: float
    event_id: str = ""

    def again(self, *, at: float, event_id: str) -> Draft:
        """The same fact, sent once more."""
        return replace(self, at=at, event_id=event_id)

    def encode(self, start: datetime) -> FeedRecord:
        """JSON in UTF-8, the envelope of the language."""
        event = {
            "event_id": self.event_id,
            "event_type": self.event_type,
            "timestamp": stamp(start, self.time),
            "data": self.data,
        }
        return FeedRecord(self.topic, self.key.encode(), _json.encode(event), self.at)


def draft(topic: str, key: str, event_type: str, data: dict[str, Any], at: float) -> Draft:
    """An event that is published when it happens."""
    return Draft(topic, key, event_type, data, at, at)


def stamp(start: datetime, seconds: float) -> str:
    """RFC 3339 with milliseconds, in the zone of `start`."""
    moment = start + timedelta(milliseconds=round(seconds * 1000))
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
