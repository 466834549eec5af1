"""Runs an app as a process: signals, failures, exit codes.

SIGTERM and SIGINT finish the chunk in hand, commit, leave the group and return 0. An error of the world returns 1 at
once, without a commit; the supervisor starts the worker anew, and the log says why it ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from streams.engine import memory

if TYPE_CHECKING:
    from streams.engine.app import ServiceApp
    from streams.engine.config import EngineConfig

log = logging.getLogger(__name__)

STOP_SECONDS = 30.0  # an orderly end that takes longer is given up: nothing is lost by it
FORCE_SECONDS = 35.0  # Faust's services may swallow that, and a thread that waits for a lost broker may stay

Surroundings = Callable[["ServiceApp"], AbstractAsyncContextManager[object]]


@contextlib.asynccontextmanager
async def nothing(_app: ServiceApp) -> AsyncIterator[None]:
    """A worker without web views."""
    yield


async def run(app: ServiceApp, config: EngineConfig, *, around: Surroundings = nothing) -> int:
    """Run until a signal or a failure.

    Args:
        app: of the service, not yet started.
        config: how to run it, and against which Kafka.
        around: entered before the app starts and left after it stopped: the web views, for instance.

    Returns:
        The exit code: 0 after an orderly end. A failure ends the process here, with exit code 1.
    """
    stop = asyncio.Event()
    app.on_failure = lambda _error: stop.set()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    app.configure(config)
    async with around(app):
        try:
            await _until(stop, app.start())
            memory.tune()
            await _until(stop, _crash(app))
        except Exception as error:  # noqa: BLE001 -- any failure ends the process with its message
            app.fail(error)
        return await _end(app)


async def _until(stop: asyncio.Event, work: Awaitable[object]) -> None:
    """Wait for work or for the word to stop, which ends the work; the work's error is raised."""
    task = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if task.done():
        task.result()
    else:
        task.cancel()
        await asyncio.wait({task}, timeout=STOP_SECONDS)


async def _crash(app: ServiceApp) -> None:
    """Faust's own word that a part of the app has died."""
    await app._crashed.wait()
    raise app.crash_reason or RuntimeError("a part of the app ended unexpectedly")


async def _end(app: ServiceApp) -> int:
    if app.failure is not None:
        log.error("%s ends: %s: %s", app.service.name, type(app.failure).__name__, app.failure)
        logging.shutdown()
        os._exit(1)  # at once: an orderly end would run agents and callbacks on state that is known to be wrong
    log.info("%s stops: finishing the work in hand", app.service.name)
    force = threading.Timer(FORCE_SECONDS, _exit_at_once)
    force.daemon = True
    force.start()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await app.stop()
        force.cancel()
    except TimeoutError:
        log.warning(
            "%s did not stop within %.0f s; what is not committed will be read again", app.service.name, STOP_SECONDS
        )
    finally:
        with contextlib.suppress(Exception):
            await app.close()
    return _verdict(app)


def _verdict(app: ServiceApp) -> int:
    if app.failure is None:
        return 0
    log.error("%s failed while it stopped: %s: %s", app.service.name, type(app.failure).__name__, app.failure)
    return 1


def _exit_at_once() -> None:
    log.error("still not stopped after %.0f s: the process ends by force", FORCE_SECONDS)
    logging.shutdown()
    os._exit(1)
