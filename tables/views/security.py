"""Who may ask: anybody on this machine by default; with a token in the settings, whoever brings it.

`/healthz` stays open, because what restarts a process knows no secrets. All workers share the token, so a request that
is passed on is let in by its owner too.
"""

from hmac import compare_digest

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from tables.views.problems import problem

OPEN = frozenset({"/healthz"})


class Guard:
    """ASGI middleware that asks for a bearer token, before anything is read or looked up."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app, self._expected = app, f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in OPEN or self._knows(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        refusal = problem(
            401, "this worker asks for `Authorization: Bearer <token>`", headers={"www-authenticate": "Bearer"}
        )
        await refusal(scope, receive, send)

    def _knows(self, headers: Headers) -> bool:
        return compare_digest(headers.get("authorization", "").encode(), self._expected)
