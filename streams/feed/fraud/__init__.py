"""The fraud that the feed knows how to commit, by name. A new pattern is a file here and a line in `PATTERNS`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.feed.fraud.burst import burst
from streams.feed.fraud.collusion import collusion
from streams.feed.fraud.mix import mixed
from streams.feed.fraud.shape import Attempt, Pattern, Scene
from streams.feed.fraud.takeover import takeover
from streams.feed.fraud.terminal import terminal
from streams.feed.fraud.testing import testing

if TYPE_CHECKING:
    from collections.abc import Mapping

PATTERNS: Mapping[str, Pattern] = {
    "burst": burst,
    "terminal": terminal,
    "takeover": takeover,
    "testing": testing,
    "collusion": collusion,
}

__all__ = ["PATTERNS", "Attempt", "Pattern", "Scene", "mixed"]
