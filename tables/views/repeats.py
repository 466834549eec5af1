"""A request that comes again with its idempotency key gets the answer it got, and nothing is done twice.

What a worker remembers is bounded and gone when it ends. That is no loss: ids derive from the key, so an event that
does come twice has the same id twice, and the rules know it. Memory adds two things: the very same answer, and a
refusal when one key comes with two different bodies.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, NamedTuple, TypeVar

from tables.views.problems import ConflictError

A = TypeVar("A")

MOST_KEYS = 10_000  # about 5 MB; a client that tries again does so within seconds


class _Request(NamedTuple, Generic[A]):
    content: object
    answer: "asyncio.Task[A]"


class Repeats(Generic[A]):
    """Answers by idempotency key."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, _Request[A]] = OrderedDict()

    async def answer(self, key: str, content: object, work: Callable[[], Awaitable[A]]) -> A:
        """Do the work once for a key; a failure is forgotten, so that trying again tries again.

        Args:
            key: of the request.
            content: what the request asks for, comparable.
            work: what is to be done; it goes on if the one who waits for it goes away.

        Raises:
            ConflictError: the key came with other content before.
        """
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = _Request(content, asyncio.ensure_future(_done(work)))
            known.answer.add_done_callback(lambda task: self._forget_failure(key, task))
            if len(self._known) > MOST_KEYS:
                self._known.popitem(last=False)
        elif known.content != content:
            raise ConflictError("this Idempotency-Key came with another body before: use a new one for a new event")
        return await asyncio.shield(known.answer)

    def _forget_failure(self, key: str, task: "asyncio.Task[A]") -> None:
        if (task.cancelled() or task.exception() is not None) and key in self._known:
            del self._known[key]


async def _done(work: Callable[[], Awaitable[A]]) -> A:
    return await work()
