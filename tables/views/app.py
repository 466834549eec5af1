"""The web app of a worker: the pages of its service, and those that every service has.

A page that only one service has is named in `PAGES`; a service that is not there still shows its tables. The
composition root (`agents/web.py`) serves it in the worker's event loop.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx
from fastapi import APIRouter, FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware import Middleware

from streams.engine.queries import Local, Peers
from tables.views import (
    asking,
    cards,
    customers,
    documents,
    health,
    intake,
    listing,
    metrics,
    orders,
    problems,
    shipments,
    stock,
    stock_history,
    windows,
)
from tables.views.limits import BodyLimit
from tables.views.security import Guard
from tables.views.sending import Sender

if TYPE_CHECKING:
    from streams.engine.app import ServiceApp

PAGES: Mapping[str, Sequence[APIRouter]] = {
    "inventory": (stock.router,),
    "orders": (intake.orders_router, orders.router),
    "shipping": (shipments.router,),
    "customers": (intake.customers_router, customers.router),
    "fraud": (cards.router,),
    "insights": (windows.router, stock_history.router),
}
SHARED = (listing.router, health.router, metrics.router)

DESCRIPTION = """Committed rows of this service, from whichever worker has them. `X-Millrace-Lag` says how many offsets
an answer is behind its sources; `?wait_for=topic:partition:offset` waits until it holds one's own write."""


def create(
    app: "ServiceApp", *, token: str | None = None, transport: httpx.AsyncBaseTransport | None = None
) -> FastAPI:
    """Make the web app of a worker, which need not have started yet.

    Args:
        app: the worker's.
        token: what every request must bring; None: nothing.
        transport: how other workers are reached, for tests; None: over the network.
    """
    secret = {} if token is None else {"authorization": f"Bearer {token}"}
    site, sender = asking.Site(Local(app), Peers(app, secret, transport), app.config.url), Sender(app)

    @asynccontextmanager
    async def lifespan(_api: FastAPI) -> AsyncIterator[None]:
        yield
        await site.close()
        await sender.close()

    api = FastAPIOffline(
        title=f"Millrace {app.service.name}",
        description=DESCRIPTION,
        redoc_url=None,
        middleware=[*([] if token is None else [Middleware(Guard, token=token)]), Middleware(BodyLimit)],
        lifespan=lifespan,
    )
    api.state.intake = intake.Intake(sender)
    asking.install(api, site)
    problems.install(api)
    documents.install(api)
    for router in (*PAGES.get(app.service.name, ()), *SHARED):
        api.include_router(router)
    return api
