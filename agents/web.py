"""Serves a worker's web app in the worker's own event loop, for `streams.engine.worker.run(..., around=web(settings))`.

The port is bound before the worker starts, so that one that is taken is said at once. What the pages say is in
`tables/views`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import uvicorn

from streams.settings import SettingsError
from tables.views.app import create

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from fastapi import FastAPI

    from streams.engine.app import ServiceApp
    from streams.engine.worker import Surroundings
    from streams.settings import Settings, Web

log = logging.getLogger(__name__)

CLOSE_SECONDS = 2  # for requests in hand when the worker ends
BACKLOG = 128


def web(settings: Settings) -> Surroundings:
    """Make the surroundings of a worker: its web views, listening while it runs.

    They listen on the port of the worker's `config.url`; port 0 stands for any that is free, and the worker then tells
    the others the one that was found.
    """

    @contextlib.asynccontextmanager
    async def around(app: ServiceApp) -> AsyncIterator[None]:
        with listen(settings.web.host, urlsplit(app.config.url).port or 0) as listener:
            app.configure(replace(app.config, url=address(settings.web, listener)))
            server = server_of(create(app, token=_secret(settings.web)))
            serving = asyncio.create_task(server.serve([listener]), name="web views")
            serving.add_done_callback(lambda task: _report(app, task))
            log.info("%s: web views at %s", app.service.name, app.config.url)
            try:
                yield
            finally:
                server.should_exit = True
                await asyncio.gather(serving, return_exceptions=True)

    return around


class Server(uvicorn.Server):
    """uvicorn without its signal handlers: signals are the worker's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them alone."""
        yield


def server_of(api: FastAPI) -> Server:
    """A server that runs in the loop it is awaited in, and says nothing of its own but errors."""
    return Server(
        uvicorn.Config(
            api,
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=CLOSE_SECONDS,
        )
    )


def listen(host: str, port: int) -> socket.socket:
    """Bind the port, before anything else is started. Raises SettingsError: it is taken, or not ours to take."""
    try:
        family, *_, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.create_server(place[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        raise SettingsError(
            f"cannot listen on {host}:{port} for the web views: {error.strerror}; "
            "set MILLRACE_WEB_HOST and MILLRACE_WEB_PORT, or stop what listens there"
        ) from error
    # asyncio does this only for sockets of its own making; without it every answer waits 40 ms for a delayed ACK
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def address(web: Web, listener: socket.socket) -> str:
    """Where other workers reach this one."""
    host = web.reachable_host
    return f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"


def _secret(web: Web) -> str | None:
    return None if web.token is None else web.token.get_secret_value()


def _report(app: ServiceApp, serving: asyncio.Task[None]) -> None:
    if not serving.cancelled() and (error := serving.exception()) is not None:
        app.fail(error)
