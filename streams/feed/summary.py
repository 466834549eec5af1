"""Whoever feeds a shop wants to say afterwards what was fed, and to hold the answers against it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Summary:
    """Counts that grow while the feed is read."""

    by_topic: Counter[str] = field(default_factory=Counter)
    by_type: Counter[str] = field(default_factory=Counter)
    """Records that carry an event, repeats included."""
    traits: Counter[str] = field(default_factory=Counter)
    """What was done on purpose: repeated, late, swapped, malformed, declined, fraudulent, refused, …"""
    junk: Counter[str] = field(default_factory=Counter)
    """Malformed records by kind."""

    @property
    def records(self) -> int:
        return self.by_topic.total()

    def rows(self) -> list[tuple[str, str, int]]:
        """(group, name, count), largest first within a group: ready for a table."""
        groups = {"topic": self.by_topic, "event": self.by_type, "on purpose": self.traits, "junk": self.junk}
        return [(group, name, count) for group, counted in groups.items() for name, count in counted.most_common()]
