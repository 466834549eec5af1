"""Publishes a synthetic shop, as fast as the broker takes it or at a pace. `feed` and `demo` share it."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from streams.feed import FeedOptions, Summary, feed

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.cli.publisher import Publisher

BREATH_RECORDS = 200
"""Records between two moments in which others (progress bars, the producer) get a turn."""

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


async def publish(
    publisher: Publisher,
    options: FeedOptions,
    summary: Summary,
    progress: Callable[[int], None],
    *,
    speed: float | None,
) -> None:
    """Publish the whole feed and wait until the broker has it.

    Args:
        publisher: where to.
        options: of the feed; it is for the caller to let its time end near the wall clock's.
        summary: grows meanwhile.
        progress: called every few records with the number of orders placed so far, repeats included.
        speed: seconds of the feed in a second of the wall clock; None: as fast as it goes.
    """
    began = time.monotonic()
    for number, record in enumerate(feed(options, summary)):
        if number % BREATH_RECORDS == 0:
            progress(summary.by_type["OrderPlaced"])
            await asyncio.sleep(0)
        if speed and (wait := began + record.at / speed - time.monotonic()) > 0:
            progress(summary.by_type["OrderPlaced"])
            await asyncio.sleep(wait)
        await publisher.send(record.topic, record.key, record.value)
    await publisher.settle()
    progress(summary.by_type["OrderPlaced"])


def now() -> datetime:
    """The wall clock, in whole seconds: easy to repeat."""
    return datetime.now(UTC).replace(microsecond=0)


def run_name(start: datetime) -> str:
    """A few characters that no other feed has, unless it began in the same second: part of every id."""
    number, name = int(start.timestamp()), ""
    while number:
        number, digit = divmod(number, len(_DIGITS))
        name = _DIGITS[digit] + name
    return f"{name}-"
