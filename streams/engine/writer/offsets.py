"""A group's offsets: written inside a transaction, and read when no transaction may still change them (KIP-447).

Each committed offset carries, as its metadata, the producer id and epoch of its transaction. In the second generation
that pair is unique, so reading it back tells whether exactly this transaction was committed, even where the offset
itself did not move. Who asks: `writer.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from aiokafka.structs import TopicPartition

from streams.engine.writer.coordinator import worst
from streams.engine.writer.protocol import ANY_LEADER_EPOCH, GROUP, OffsetFetch, TxnOffsetCommit, by_topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from streams.engine.writer.coordinator import Coordinators


@dataclass(frozen=True)
class Member:
    """Who commits: the group refuses a generation of the past, and a member that it does not know."""

    group_id: str
    generation_id: int
    member_id: str
    instance_id: str | None = None

    def __post_init__(self) -> None:
        if self.generation_id < 0 or not self.member_id:
            raise ValueError("without a generation and a member id the group would accept offsets from anybody")


class Producer(NamedTuple):
    """Whose transaction: both change hands with every EndTxn."""

    id: int
    epoch: int

    @property
    def tag(self) -> str:
        return f"{self.id}/{self.epoch}"


class Committed(NamedTuple):
    """An offset of a group, -1 when it has none, and the tag of the transaction that wrote it."""

    offset: int
    tag: str


async def commit_offsets(
    coordinators: Coordinators,
    transactional_id: str,
    producer: Producer,
    offsets: Mapping[TopicPartition, int],
    member: Member,
) -> None:
    """Add the next offsets to read to the open transaction. Raises Rejoin when the member is of the past."""
    request = TxnOffsetCommit(
        transactional_id,
        member.group_id,
        producer.id,
        producer.epoch,
        member.generation_id,
        member.member_id,
        member.instance_id,
        by_topic((tp, (tp.partition, offset, ANY_LEADER_EPOCH, producer.tag)) for tp, offset in offsets.items()),
    )
    await coordinators.ask(
        GROUP, member.group_id, request, lambda answer: worst([code for _, parts in answer.topics for _, code in parts])
    )


async def committed_offsets(
    coordinators: Coordinators, group_id: str, partitions: Iterable[TopicPartition]
) -> dict[TopicPartition, Committed]:
    """The group's offsets, once no open transaction may change them. Raises Retriable when that takes too long."""
    request = OffsetFetch(group_id, by_topic((tp, tp.partition) for tp in partitions), True)
    answer = await coordinators.ask(
        GROUP,
        group_id,
        request,
        lambda answer: worst([answer.error_code, *(part[4] for _, parts in answer.topics for part in parts)]),
    )
    return {
        TopicPartition(name, index): Committed(offset, tag or "")
        for name, parts in answer.topics
        for index, offset, _, tag, _ in parts
    }
