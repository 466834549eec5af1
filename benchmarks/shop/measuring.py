"""The shop measured twice: with all its events there before it opens, and with customers coming at a pace."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from agents.cli import feeding
from agents.cli.figures import quantile
from agents.cli.publisher import Publisher
from agents.cli.rest import come_to_rest
from agents.services import readers
from agents.verify import verify
from benchmarks.shop.crew import at_work
from benchmarks.shop.times import Times, read
from streams.broker import EmbeddedKafka
from streams.feed import FeedOptions, Summary
from streams.settings import Settings

PACE: Final = 300.0
"""Orders per second of event time, in both measurements."""
QUANTILES: Final = {"p50_ms": 0.5, "p99_ms": 0.99, "p999_ms": 0.999}


@dataclass(frozen=True)
class Day:
    """Args:
    orders: how many.
    rate: orders per second of the wall clock; None: all are there before the shop opens.
    """

    orders: int
    rate: float | None

    async def run(self, number: int) -> dict[str, Any]:
        """One day on a broker of its own: its figures."""
        with EmbeddedKafka() as kafka, tempfile.TemporaryDirectory(prefix="millrace-bench-") as folder:
            settings = Settings.load(bootstrap=kafka.bootstrap, data=Path(folder) / "tables")
            connection = settings.kafka.client_arguments()
            if self.rate is None:
                await self._feed(settings)
            async with at_work(settings, Path(folder)) as crew:
                began, before = time.monotonic(), crew.cpu_seconds()
                if self.rate is not None:
                    await self._feed(settings)
                await come_to_rest(connection, lambda _left: None)
                # Those that found their work there were busy with it before all were ready: their start counts, too.
                spent = crew.cpu_seconds() - (before if self.rate is not None else 0)
                cores = (crew.cpu_seconds() - before) / (time.monotonic() - began)
                used = {"cpu_s": round(spent, 2), "cores": round(cores, 2), "rss_mb": round(crew.rss_mb())}
            report = await verify(connection, readers=readers())
            return {"engine": "millrace", "round": number, "orders": self.orders, "rate": self.rate or 0,
                    **self._figures(await read(kafka.bootstrap)), **used, "correct": report.ok}  # fmt: skip

    async def _feed(self, settings: Settings) -> None:
        options = FeedOptions(start=feeding.now(), orders=self.orders, orders_per_second=self.rate or PACE)
        speed = 1.0 if self.rate else None
        async with Publisher(settings.kafka) as publisher:
            await feeding.publish(publisher, options, Summary(), lambda _placed: None, speed=speed)

    def _figures(self, times: Times) -> dict[str, Any]:
        waits = times.waits()
        return {
            "settled": len(times.settled),
            "settled_per_second": round(times.settled_per_second(), 1),
            "shipped": len(waits),
            **{name: quantile(waits, share) for name, share in QUANTILES.items()},
        }
