"""An SMS gateway for demos and tests: it sends nothing, keeps what it took, and stumbles as often as it is told to.

A message is known by its `Idempotency-Key`: whoever posts it again is given the first answer, and nothing is sent.
"""

from __future__ import annotations

from random import Random
from typing import Annotated, Final
from zlib import crc32

from fastapi import FastAPI, Header, HTTPException, Response
from pydantic import BaseModel

MOST_KEPT: Final = 100_000
"""Messages; the oldest are forgotten first. More than any demo sends, and some tens of megabytes."""

PARTS: Final = 10_000
"""A share is counted in so many parts."""


class Message(BaseModel):
    """What a client posts."""

    to: str
    text: str


class Taken(Message):
    """What was made of it. `posts`: how often it was posted; a client that had no answer posts again."""

    message_id: str
    posts: int = 1


class Outbox:
    """The messages taken, by id, and the gateway's temper.

    Args:
        refused: share of messages that are never taken; the same ones whenever asked.
        stumbles: share of requests that are answered 503, repeats of one message independently.
        seed: of the stumbling.
    """

    def __init__(self, *, refused: float = 0.0, stumbles: float = 0.0, seed: int = 1) -> None:
        self.taken: dict[str, Taken] = {}
        self.refused, self.stumbles = refused, stumbles
        self._random = Random(seed)  # noqa: S311 -- repeatable, not secret

    def take(self, message_id: str, message: Message) -> tuple[Taken, bool]:
        """The message as it is kept, and whether it is new. Raises HTTPException when it is not taken."""
        if self._random.random() < self.stumbles:
            raise HTTPException(503, "out of breath, try again")
        if crc32(message_id.encode()) % PARTS < self.refused * PARTS:
            raise HTTPException(422, f"no network has a phone {message.to!r}")
        known = self.taken.get(message_id)
        if known is not None:
            known.posts += 1
            return known, False
        if len(self.taken) >= MOST_KEPT:
            del self.taken[next(iter(self.taken))]
        kept = self.taken[message_id] = Taken(message_id=message_id, to=message.to, text=message.text)
        return kept, True


def gateway(outbox: Outbox) -> FastAPI:
    """The gateway's web app."""
    app = FastAPI(title="SMS gateway", docs_url=None, redoc_url=None)

    @app.post("/messages", status_code=201)
    async def take(message: Message, response: Response, idempotency_key: Annotated[str, Header()]) -> Taken:
        kept, new = outbox.take(idempotency_key, message)
        if not new:
            response.status_code = 200
        return kept

    @app.get("/messages")
    async def messages(limit: int = 100) -> list[Taken]:
        """The latest messages, newest first."""
        return [*reversed(outbox.taken.values())][:limit]

    return app
