"""The committed events of a topic, decoded as the services decode them; what they could not read is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from agents.verify.reader import committed_reader, ends, partitions, read_topic

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agents.verify.record import Record
    from streams.events.base import Event
    from streams.topics import Topic


class _Readable(NamedTuple):
    """A record as `Topic.read` wants it."""

    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int = 0
    headers: Sequence[tuple[str, bytes]] = ()


async def events_of(connection: Mapping[str, Any], topic: Topic) -> list[Event[Any]]:
    """All events of a topic, in the order of each partition. Raises BrokerUnreachableError, ReadingStalledError."""
    found: list[Event[Any]] = []

    def take(record: Record) -> None:
        position, key, value, _ = record
        (event,) = topic.read(position.partition, [_Readable(position.offset, key, value)])
        if event is not None and not isinstance(event, Exception):
            found.append(event)

    existing = (await partitions(connection)).get(topic.name, [])
    async with committed_reader(connection) as consumer:
        await read_topic(consumer, await ends(consumer, existing), take)
    return found
