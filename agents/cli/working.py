"""One worker in this process: settings become the engine's configuration, and its web views stand around it."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from agents import logs, supervisor
from agents.cli import INTERRUPTED, shop
from agents.cli.ports import first_free
from agents.cli.reach import reach
from agents.web import web
from streams.engine import worker
from streams.engine.config import EngineConfig
from streams.engine.faults import kill_at, no_fault
from streams.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from streams.engine.app import ServiceApp
    from streams.engine.faults import Fault
    from streams.engine.worker import Surroundings
    from streams.settings import Chaos, Settings


def run(name: str, settings: Settings, *, supervised: bool) -> int:
    """Run one worker of a service until it is told to stop; returns its exit code.

    Raises:
        UserError: Kafka is not there, or the port is taken.
    """
    logs.be_told(settings.log, name)
    if supervised:
        supervisor.end_with_parent()
    return asyncio.run(_run(name, settings))


async def _run(name: str, settings: Settings) -> int:
    app, fault = shop.app_of(name, settings), _fault(settings.chaos)
    port = first_free(settings.web.host, [settings.web.port] if settings.web.port else shop.ports(name))
    await reach(settings.kafka)
    config = EngineConfig(
        connection=settings.kafka.client_arguments(),
        state=settings.local.data,
        url=f"http://{settings.web.reachable_host}:{port}",
        replication=settings.kafka.replication,
        compression=settings.kafka.compression,
        standbys=settings.local.standbys,
        fault=fault,
    )
    interrupts = _Interrupts(web(settings))
    code = await worker.run(app, config, around=interrupts.around)
    return INTERRUPTED if interrupts.heard and not code else code


class _Interrupts:
    """Ctrl-C ends a worker as SIGTERM does, but is told from it in the exit code, as shells expect."""

    def __init__(self, views: Surroundings) -> None:
        self.heard, self._views = False, views

    @asynccontextmanager
    async def around(self, app: ServiceApp) -> AsyncIterator[None]:
        """The web views, and an ear for Ctrl-C."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, self._hear)
        async with self._views(app):
            yield

    def _hear(self) -> None:
        self.heard = True
        os.kill(os.getpid(), signal.SIGTERM)


def _fault(chaos: Chaos) -> Fault:
    try:
        return kill_at(chaos.fault) if chaos.fault else no_fault
    except ValueError as error:
        raise SettingsError(f"MILLRACE_FAULT={chaos.fault}: {error}") from error
