"""The whole shop as processes: every service once, and a gateway that takes text messages."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from agents.cli import fleet
from agents.cli.ports import first_free
from agents.cli.readiness import Doors
from agents.services import SERVICES
from agents.supervisor import Child, Supervisor
from benchmarks.processes import cpu_seconds, rss_mb

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from streams.settings import Settings

HOST: Final = "127.0.0.1"
SMS_PORTS: Final = range(8025, 8045)


class Crew:
    """Processes that run, and what they used."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor

    def pids(self) -> list[int]:
        """Of all of them."""
        return [child.pid for child in self._supervisor.children.values() if child.pid]

    def cpu_seconds(self) -> float:
        """Of all of them, so far."""
        return cpu_seconds(self.pids())

    def rss_mb(self) -> float:
        """Of all of them, now."""
        return rss_mb(self.pids())


@asynccontextmanager
async def at_work(settings: Settings, logs: Path) -> AsyncIterator[Crew]:
    """All services are ready at the beginning of the block. Raises UserError: one does not start."""
    port = first_free(HOST, SMS_PORTS)
    gateway = {"MILLRACE_SMS_GATEWAY": f"http://{HOST}:{port}/messages"}
    async with Supervisor(lambda _words: None) as supervisor:
        command = fleet.millrace("sms-gateway", "--supervised", f"--port={port}")
        supervisor.keep(Child("sms-gateway", command, output=logs / "sms-gateway.log"))
        crew = list(fleet.crew([*SERVICES], 1, settings, environment=gateway))
        for child in crew:
            child.output = logs / f"{child.name}.log"
            supervisor.keep(child)
        doors = Doors({child.name: child.url for child in crew}, settings.web, logs)
        await doors.wait_for_all(crew, lambda _ready: None)
        yield Crew(supervisor)
