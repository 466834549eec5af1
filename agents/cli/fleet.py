"""Several workers as children of this process."""

from __future__ import annotations

import logging
import sys
from itertools import count
from typing import TYPE_CHECKING, Any

from agents import logs
from agents.cli import shop
from agents.cli.ports import first_free
from agents.supervisor import Child, Supervisor

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streams.settings import Settings

log = logging.getLogger(__name__)


async def run(services: Sequence[str], processes: int, settings: Settings) -> int:
    """Keep them running until this task is cancelled, or one cannot run as it was told to: its exit code."""
    logs.be_told(settings.log, "supervisor")
    async with Supervisor(log.warning) as supervisor:
        for child in crew(services, processes, settings):
            supervisor.keep(child)
        return await supervisor.wait()


def crew(services: Sequence[str], processes: int, settings: Settings, **details: Any) -> Iterator[Child]:
    """One child for each worker, with a port of its own. `details` are `Child`'s. Raises UserError: ports are taken."""
    given = count(settings.web.port)
    for service in services:
        usual = iter(shop.ports(service))
        for number in range(1, processes + 1):
            name = service if processes == 1 else f"{service}-{number}"
            port = first_free(settings.web.host, [next(given)] if settings.web.port else usual)
            url = f"http://{settings.web.reachable_host}:{port}"
            yield Child(name, worker_command(service, port, settings), url=url, **details)


def worker_command(service: str, port: int, settings: Settings) -> list[str]:
    """How to start one worker that ends with its parent."""
    return [
        *millrace("worker", service, "--supervised"),
        f"--port={port}",
        f"--host={settings.web.host}",
        f"--data={settings.local.data}",
        f"--bootstrap={settings.kafka.bootstrap}",
    ]


def millrace(*arguments: str) -> list[str]:
    """The command line of this very installation."""
    return [sys.executable, "-m", "agents.cli", *arguments]
