"""Invariants about endings hold once the stream is at rest: every group has committed all that is there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from agents.verify.errors import BrokerUnreachableError
from agents.verify.history import TOPICS
from agents.verify.reader import committed_reader, ends, partitions, reader

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from aiokafka import TopicPartition
    from aiokafka.structs import OffsetAndMetadata

POLL_SECONDS = 0.5
COORDINATOR_ATTEMPTS = 20
"""Ten seconds: a coordinator that moves to another broker needs a few."""
OPEN: Final = "(an open transaction)"


class Lag(NamedTuple):
    """A group has not committed all of a partition. Offsets, control records included.

    With `OPEN` in place of a group: the end is not stable yet. A coordinator writes a transaction's markers one by one,
    so a service's offsets may be there before its answers can be read.
    """

    group: str
    topic: str
    partition: int
    committed: int
    end: int


async def lags(connection: Mapping[str, Any], groups: Collection[tuple[str, Collection[str]]]) -> list[Lag]:
    """What each (group, topics it reads) is behind the ends, and which ends are not stable. Empty: at rest.

    Raises:
        BrokerUnreachableError: nobody answers.
    """
    existing = await partitions(connection)
    read = {group: [partition for topic in topics for partition in existing.get(topic, ())] for group, topics in groups}
    committed = await _committed(connection, list(read))
    asked = {*TOPICS, *(topic for _, topics in groups for topic in topics)}
    everything = [partition for topic in sorted(asked) for partition in existing.get(topic, ())]
    async with committed_reader(connection) as consumer:
        stable = await ends(consumer, everything)
    async with reader(connection, "read_uncommitted") as consumer:
        last = await ends(consumer, everything)
    behind = [
        Lag(group, partition.topic, partition.partition, committed[group].get(partition, 0), last[partition])
        for group, own in read.items()
        for partition in own
        if committed[group].get(partition, 0) < last[partition]
    ]
    return behind + [
        Lag(OPEN, one.topic, one.partition, stable[one], last[one]) for one in everything if stable[one] < last[one]
    ]


async def at_rest(connection: Mapping[str, Any], groups: Collection[tuple[str, Collection[str]]]) -> bool:
    """True when nobody is behind, twice in a row: what the last one wrote may be the first one's input."""
    return not await lags(connection, groups) and not await lags(connection, groups)


async def wait_for_rest(
    connection: Mapping[str, Any], groups: Collection[tuple[str, Collection[str]]], *, seconds: float
) -> list[Lag]:
    """Wait until the stream is at rest, at most `seconds`; the lags that are left then."""
    deadline = asyncio.get_running_loop().time() + seconds
    while left := await lags(connection, groups):
        if asyncio.get_running_loop().time() > deadline:
            return left
        await asyncio.sleep(POLL_SECONDS)
    return []


async def _committed(connection: Mapping[str, Any], groups: Sequence[str]) -> dict[str, dict[TopicPartition, int]]:
    """Of each group, the offsets that it has committed."""
    admin = AIOKafkaAdminClient(**connection)
    try:
        await admin.start()
        found = await asyncio.gather(*(_offsets(admin, group) for group in groups))
    except KafkaError as error:
        raise BrokerUnreachableError(f"no coordinator for {', '.join(groups)}: {error}") from error
    finally:
        await admin.close()
    return {
        group: {partition: offset.offset for partition, offset in offsets.items()}
        for group, offsets in zip(groups, found, strict=True)
    }


async def _offsets(admin: AIOKafkaAdminClient, group: str) -> dict[TopicPartition, OffsetAndMetadata]:
    """Ask until the coordinator is ready: a broker that has just started makes it on demand."""
    for _ in range(COORDINATOR_ATTEMPTS):
        try:
            return dict(await admin.list_consumer_group_offsets(group))
        except KafkaError as error:
            if not error.retriable:
                raise
            await asyncio.sleep(POLL_SECONDS)
    return dict(await admin.list_consumer_group_offsets(group))
