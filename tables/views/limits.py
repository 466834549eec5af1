"""No body is read beyond what Kafka would take as one record."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tables.views.problems import problem

MAX_BODY_BYTES = 900_000  # an event of that size still fits into Kafka's default of 1 MiB for a record


class BodyLimit:
    """ASGI middleware that reads the body ahead, and refuses one that is too long."""

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY_BYTES) -> None:
        self._app, self._limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        body, more = bytearray(), True
        while more and len(body) <= self._limit:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if len(body) > self._limit:
            await problem(413, f"a body has {self._limit} bytes at most")(scope, receive, send)
        else:
            await self._app(scope, _first({"type": "http.request", "body": bytes(body)}, receive), send)


def _first(message: Message, receive: Receive) -> Receive:
    """What was read already, then the rest."""
    waiting = [message]

    async def next_message() -> Message:
        return waiting.pop() if waiting else await receive()

    return next_message
