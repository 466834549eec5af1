"""The fraud that the feed knows how to commit, by name. A new pattern is a file here and a line in `PATTERNS`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.feed.fraud.burst import burst
from streams.feed.fraud.shape import Attempt, Pattern
from streams.feed.fraud.splurge import splurge

if TYPE_CHECKING:
    from collections.abc import Mapping

PATTERNS: Mapping[str, Pattern] = {"burst": burst, "splurge": splurge}

__all__ = ["PATTERNS", "Attempt", "Pattern"]
