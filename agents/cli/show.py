"""The demo's acts, in order: start, feed and kill, come to rest, judge, tell, and stay for questions."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from agents.cli import feeding, figures, fleet
from agents.cli.ports import first_free
from agents.cli.progress import counting
from agents.cli.publisher import Publisher
from agents.cli.readiness import Doors
from agents.cli.rest import come_to_rest
from agents.cli.telling import BACK, DONE, LOST
from agents.services import SERVICES, readers
from agents.supervisor import Child, Supervisor
from agents.verify import verify
from streams.feed import FeedOptions, Summary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agents.cli.figures import Figures
    from agents.cli.telling import Teller
    from agents.verify import Report
    from streams.settings import Settings

SMS_GATEWAY = "sms-gateway"
SMS_PORTS = range(8025, 8045)
FEWEST_CUSTOMERS = 1_000


@dataclass(frozen=True)
class Plan:
    """What is to happen. `rate`: orders per second; `run`: part of every id, so that demos on one Kafka do not meet."""

    orders: int
    seed: int
    kills: int
    rate: float
    run: str
    stays: bool  # open for questions afterwards, until Ctrl-C


class Show:
    """One demo.

    Args:
        plan: what is to happen.
        settings: where Kafka is and where the tables lie.
        logs: the folder for the processes' logs.
        teller: tells it.
    """

    def __init__(self, plan: Plan, settings: Settings, logs: Path, teller: Teller) -> None:
        self._plan, self._settings, self._logs, self._teller = plan, settings, logs, teller
        self._connection = settings.kafka.client_arguments()
        self._random = Random(plan.seed)  # noqa: S311 -- repeatable, not secret
        self._options, self._summary = _options(plan), Summary()
        self._killing: list[asyncio.Task[None]] = []

    async def run(self) -> Report:
        """Play it. Raises UserError: a worker does not start, or the stream does not come to rest."""
        async with Publisher(self._settings.kafka) as publisher, Supervisor(lambda _words: None) as self._supervisor:
            await self._open()
            before = await figures.positions(self._connection)
            await self._feed(publisher)
            with self._teller.act("Every service has caught up") as act:
                await come_to_rest(self._connection, lambda left: act.now(f"{left:,} records to go"))
            report = await self._judge()
            reached = await figures.measure(self._connection, before)
            self._teller.figures(results(report, reached))
            if self._plan.stays:
                await self._stay()
        return report

    async def _open(self) -> None:
        sms_port = first_free("127.0.0.1", SMS_PORTS)
        gateway = {"MILLRACE_SMS_GATEWAY": f"http://127.0.0.1:{sms_port}/messages"}
        words = f"{len(SERVICES)} services run, each a process and a consumer group of its own"
        with self._teller.act(words) as act:
            command = fleet.millrace("sms-gateway", "--supervised", f"--port={sms_port}")
            self._supervisor.keep(Child(SMS_GATEWAY, command, output=self._log(SMS_GATEWAY)))
            crew = list(fleet.crew([*SERVICES], 1, self._settings, environment=gateway))
            for child in crew:
                child.output = self._log(child.name)
                self._supervisor.keep(child)
            self._doors = Doors({child.name: child.url for child in crew}, self._settings.web, self._logs)
            await self._doors.wait_for_all(crew, lambda ready: act.now(f"{ready} are ready"))

    def _log(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    async def _feed(self, publisher: Publisher) -> None:
        orders, kills = self._plan.orders, self._plan.kills
        moments = [orders * number // (kills + 1) for number in range(1, kills + 1)]
        began = time.monotonic()
        with counting(self._teller.console, " Feeding", orders, "orders") as show:

            def progress(placed: int) -> None:
                show(placed)
                if moments and placed >= moments[0]:
                    del moments[0]
                    self._killing.append(asyncio.create_task(self._kill(placed)))

            speed = self._plan.rate / self._options.orders_per_second
            await feeding.publish(publisher, self._options, self._summary, progress, speed=speed)
        self._teller.line(DONE, f"{self._summary.records:,} records fed", time.monotonic() - began)
        with self._teller.console.status("Waiting until everybody is back"):
            await asyncio.gather(*self._killing)

    async def _kill(self, placed: int) -> None:
        """SIGKILL to one of the workers that run, and word when its successor serves."""
        name = self._random.choice([name for name in SERVICES if self._supervisor.children[name].pid])
        child = self._supervisor.children[name]
        starts, began = child.starts, time.monotonic()
        pid = self._supervisor.kill(name)
        self._teller.line(LOST, f"{name} (process {pid}) killed with SIGKILL after {placed:,} orders")
        await self._doors.wait(child, since=starts)
        self._teller.line(BACK, f"{name} is back (process {child.pid})", time.monotonic() - began)

    async def _judge(self) -> Report:
        with self._teller.act("Every promise checked, from the topics alone") as act:
            return await verify(
                self._connection,
                readers=readers(),
                progress=lambda topic, count: act.now(f"{count:,} records read, {topic} is done"),
            )

    async def _stay(self) -> None:
        """The shop stays open until Ctrl-C, which is no failure here."""
        self._teller.addresses(self._doors.urls, f"O-{self._options.run}000001")
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        self._teller.console.print("\n Closing.")


def _options(plan: Plan) -> FeedOptions:
    """A feed whose event time ends about now. Its customers are many: who orders every minute looks like a thief."""
    customers = max(plan.orders, FEWEST_CUSTOMERS)
    options = FeedOptions(start=feeding.now(), seed=plan.seed, orders=plan.orders, customers=customers, run=plan.run)
    return replace(options, start=options.start - timedelta(seconds=plan.orders / options.orders_per_second))


def results(report: Report, reached: Figures) -> Iterator[tuple[str, str]]:
    """What happened, in a handful of lines."""
    waits = reached.latencies()
    set_aside = sum(became["set aside"] for became in report.inputs.values())
    failed = sum(check.failed for check in report.checks)
    yield "events", f"{reached.events:,} in {reached.seconds:.1f} s: {reached.rate:,.0f} per second"
    yield "orders", f"{len(reached.moments['OrderCompleted']):,} completed, {_cancelled(reached)}"
    yield "order to shipped", f"p50 {figures.quantile(waits, 0.5):,} ms, p99 {figures.quantile(waits, 0.99):,} ms"
    yield "dead letters", f"{report.records['dead-letters']:,}, for {set_aside:,} records that nobody can read"
    yield (
        "violations",
        f"[bold green]0[/] of {len(report.checks)} invariants" if report.ok else f"[bold red]{failed:,}[/]",
    )
    for found in report.violations:
        yield "", f"[red]{found.check}[/]: {found.subject}: {found.text}"


def _cancelled(reached: Figures) -> str:
    reasons = ", ".join(f"{count:,} {reason.replace('_', ' ')}" for reason, count in reached.reasons.most_common())
    return f"{reached.reasons.total():,} cancelled" + (f" ({reasons})" if reasons else "")
