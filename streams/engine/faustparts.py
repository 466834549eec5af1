"""Small parts that Faust lets an app replace, as the chunk transaction needs them.

Faust takes them as classes in its settings; `app.py` puts them together. The large ones have files of their own:
`transport.py` and `recovery.py`.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import faust
from faust.app.base import BootStrategy
from faust.assignor.partition_assignor import PartitionAssignor
from yarl import URL

from streams.engine.errors import OutsideTransactionError, TopologyError

if TYPE_CHECKING:
    from collections.abc import Callable


class ChunkSchema(faust.Schema):
    """A message's value already is the chunk: there is nothing to decode here."""

    def compile(self, app: Any, **_kwargs: Any) -> Callable[..., Any]:
        create_event = app.create_event

        async def decode(message: Any, *, propagate: bool = False) -> Any:  # noqa: ARG001 -- Faust's signature
            return create_event(None, message.value, None, message)

        return decode


class SourceTopic(faust.Topic):
    """A Faust topic that is read; what is sent goes through `tx.emit`."""

    async def send(self, **_kwargs: Any) -> Any:
        raise OutsideTransactionError(f"emit to {self} with tx.emit inside a transaction")

    def send_soon(self, **_kwargs: Any) -> Any:
        raise OutsideTransactionError(f"emit to {self} with tx.emit inside a transaction")


class Assignor(PartitionAssignor):
    """Faust's sticky, co-partitioning assignor, telling the others where this worker's web views are."""

    @property
    def _url(self) -> URL:
        return URL(self.app.config.url)


class Boot(BootStrategy):
    """What Faust starts with the app: everything but a producer, since only transactions write."""

    enable_kafka_producer = False


def lasting(function: Callable[..., Any], name: str, app: faust.App) -> Callable[..., Any]:
    """An agent that ends before its app stops leaves chunks unread: that is said, not waited for."""

    @functools.wraps(function)
    async def last(chunks: Any) -> None:
        await function(chunks)
        if not app.should_stop:
            raise TopologyError(f"the agent {name} has ended; an agent goes on for as long as there are chunks")

    return last
