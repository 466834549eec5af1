"""The whole shop on a stage: services as `millrace worker` runs them, customers by `millrace feed`, the shop's judge.

Topics have fixed names, so a shop needs a Kafka that nobody has used before.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Self

from agents.chaos.crew import limit
from agents.chaos.stage import POLL_SECONDS, Stage
from agents.chaos.verdict import Verdict
from agents.services import ALL, SERVICES, readers
from agents.verify import verify
from streams import topics
from streams.broker.config import HOST, free_port
from streams.engine.topics import Plan, create

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.chaos.crew import Worker
    from agents.verify import Report

MILLRACE = (sys.executable, "-m", "agents.cli")
ORDERS_PER_SECOND = 30
"""Eight services and a Kafka share two cores, and must also catch up."""
ORDERS = 500
"""Of one feed; the next one has other customers."""
FEED_SECONDS = 120.0
TIME_LIMIT_SECONDS = 45
"""For an order to get stock and payment: short, for nobody wants to wait for those that are abandoned."""
WARM_UP_SECONDS = 120.0
REST_SECONDS = 240.0
"""Longer than the time limit, and than what the killed have left behind needs."""


class ShopStage(Stage):
    """Every service of the shop in a process of its own."""

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        plans = [Plan(topic.name, topic.partitions, topic.config) for topic in topics.ALL]
        await create(self.cluster.connection, plans, replication=self.cluster.replication)
        port = free_port()
        self._variables = {
            "MILLRACE_BOOTSTRAP": self.cluster.bootstrap,
            "MILLRACE_DATA": str(self.state),
            "MILLRACE_ORDER_TIME_LIMIT_S": str(TIME_LIMIT_SECONDS),
            "MILLRACE_SMS_GATEWAY": f"http://{HOST}:{port}/messages",
        }
        self.running: dict[str, Worker] = {}
        self._gateway = self._millrace("sms-gateway", "sms-gateway", f"--port={port}", "--supervised")
        self._last_day = asyncio.Event()
        self._feeding = asyncio.create_task(self._feed(), name="feed")
        return self

    async def __aexit__(self, *reason: object) -> None:
        self._feeding.cancel()
        await super().__aexit__(*reason)
        await self._gateway.kill()

    async def _feed(self) -> None:
        """One short feed after the other: each brings its stragglers before it ends, so none is interrupted."""
        while not self._last_day.is_set():
            seed = self.random.randrange(1 << 30)
            feed = self._millrace("feed", "feed", f"--orders={ORDERS}", f"--rate={ORDERS_PER_SECOND}", f"--seed={seed}")
            try:
                code = await feed.ended(FEED_SECONDS)
            finally:
                await feed.kill()
            if code:
                self.verdict.add("exit", f"{feed.log.name} ended with {code}")

    def _millrace(self, name: str, *arguments: str, fault: str = "") -> Worker:
        return self.launch(name, [*MILLRACE, *arguments], self._variables | {"MILLRACE_FAULT": fault})

    @property
    def groups(self) -> Sequence[tuple[str, Sequence[str]]]:
        return [(service.name, [topic.name for topic in service.reads]) for service in ALL]

    @property
    def topics(self) -> Sequence[str]:
        return [topic.name for topic in topics.ALL]

    def start(self, service: str, *, fault: str = "") -> Worker:
        """A worker of a service, which kills itself at `fault`, `point:n`, if one is given."""
        worker = self._millrace(service, "worker", service, "--supervised", f"--port={free_port()}", fault=fault)
        self.running[service] = worker
        self.workers.append(worker)
        return worker

    def revive(self) -> None:
        """As a supervisor would: start whoever has ended."""
        for service in SERVICES:
            if service not in self.running or self.running[service].code is not None:
                self.start(service)

    async def warm_up(self) -> None:
        async with limit(WARM_UP_SECONDS, "no order was ended"):
            while not await self.stable_end(topics.order_status.name):
                self.revive()
                await asyncio.sleep(POLL_SECONDS)

    async def settle(self) -> None:
        """The last customers leave, and every order that was placed ends, be it by its time limit."""
        self._last_day.set()
        await self._feeding
        async with limit(REST_SECONDS, "the shop did not come to rest"):
            while not await self.at_rest() or any(check.open for check in (await self._report(allow_open=True)).checks):
                self.revive()
                await asyncio.sleep(POLL_SECONDS)

    async def judge(self) -> Verdict:
        report = await self._report(allow_open=False)
        verdict = Verdict(sum(became.total() for became in report.inputs.values()), sum(report.records.values()))
        verdict.dead_letters = report.records["dead-letters"]
        for check in report.checks:
            for violation in check.violations:
                verdict.add(check.name, f"{violation.subject}: {violation.text}")
        return verdict

    async def _report(self, *, allow_open: bool) -> Report:
        return await verify(self.cluster.connection, allow_open=allow_open, readers=readers())
