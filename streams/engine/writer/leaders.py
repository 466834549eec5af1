"""Whom to ask about a partition: its leader, looked up again when it moved, until every partition has its answer.

What is asked: `records.py`. The same for groups and transactional ids: `coordinator.py`.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol, TypeVar

from streams.engine.writer.errors import MOVED, RETRIED, Code
from streams.engine.writer.link import Patience

if TYPE_CHECKING:
    from collections import Counter, deque
    from collections.abc import Iterable, Iterator, Mapping

    from aiokafka.structs import TopicPartition

    from streams.engine.writer.link import Link

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)

UNKNOWN_OFFSET = -1
NO_LEADER = -1


class Reply(NamedTuple):
    """A leader's word on one partition; `offset` is UNKNOWN_OFFSET when it has none."""

    code: int
    offset: int


class Question(Protocol[T_contra]):
    """What leaders are asked, one item per partition at a time."""

    name: ClassVar[str]
    fine: ClassVar[frozenset[Code]]
    """Codes that count as an answer."""

    def requests(self, items: Mapping[TopicPartition, T_contra]) -> Iterator[tuple[list[TopicPartition], Any]]:
        """Requests to one leader, each with the partitions that it is about."""

    def replies(self, answer: Any) -> dict[TopicPartition, Reply]:
        """The answer to one such request."""


class Leaders:
    """The leaders of one cluster's partitions."""

    def __init__(self, link: Link, give_up_s: float, retries: Counter[tuple[str, int]]) -> None:
        self._link, self._give_up_s, self._retries = link, give_up_s, retries

    async def ask(
        self, question: Question[T], queue: dict[TopicPartition, deque[T]]
    ) -> dict[TopicPartition, tuple[T, int]]:
        """Work the queue off: per partition, the next item is asked about when the one before it was answered.

        Returns the last item of each partition and the offset in its reply. Raises WriterError, by reaction.
        """
        done: dict[TopicPartition, tuple[T, int]] = {}
        patience = Patience(question.name, self._give_up_s, self._retries)
        while queue:
            again: int = Code.NONE
            for tp, (code, offset) in (await self._round(question, queue)).items():
                if code in question.fine:
                    done[tp] = queue[tp].popleft(), offset
                    if not queue[tp]:
                        del queue[tp]
                elif code not in RETRIED:
                    raise patience.refusal(code, f"{tp.topic}-{tp.partition}")
                elif again not in MOVED:
                    again = code
            if again != Code.NONE:
                await self._wait(again, patience, queue)
        return done

    async def _round(
        self, question: Question[T], queue: Mapping[TopicPartition, deque[T]]
    ) -> dict[TopicPartition, Reply]:
        """One request (or more, if it would be large) to each leader, side by side."""
        replies = dict.fromkeys(queue, Reply(Code.LEADER_NOT_AVAILABLE, UNKNOWN_OFFSET))
        asked = [
            self._ask(question, node, partitions, request)
            for node, tps in self._by_leader(queue).items()
            for partitions, request in question.requests({tp: queue[tp][0] for tp in tps})
        ]
        for some in await asyncio.gather(*asked):
            replies |= some
        return replies

    async def _ask(
        self, question: Question[T], node: int, partitions: list[TopicPartition], request: Any
    ) -> dict[TopicPartition, Reply]:
        answer = await self._link.ask(node, request)
        if answer is None:
            return dict.fromkeys(partitions, Reply(Code.NETWORK_EXCEPTION, UNKNOWN_OFFSET))
        return question.replies(answer)

    def _by_leader(self, partitions: Iterable[TopicPartition]) -> dict[int, list[TopicPartition]]:
        """Those whose leader is not known are left out."""
        leader_of = self._link.client.cluster.leader_for_partition
        nodes: defaultdict[int, list[TopicPartition]] = defaultdict(list)
        for tp in partitions:
            node = leader_of(tp)
            if node is not None and node != NO_LEADER:
                nodes[node].append(tp)
        return nodes

    async def _wait(self, code: int, patience: Patience, partitions: Iterable[TopicPartition]) -> None:
        if code in MOVED:
            for topic in {tp.topic for tp in partitions}:
                self._link.client.add_topic(topic)
            await self._link.refresh()
        await patience.wait(code)
