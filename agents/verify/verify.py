"""The whole judgement: find the ends, read every topic up to there, ask every invariant."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from agents.verify.history import TOPICS, History
from agents.verify.invariants import judge
from agents.verify.invariants.inputs import account
from agents.verify.reader import committed_reader, ends, partitions, read_topic
from agents.verify.report import Report

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from aiokafka import TopicPartition

    from agents.verify.record import Record

    Progress = Callable[[str, int], None]


async def verify(
    connection: Mapping[str, Any],
    *,
    allow_open: bool = False,
    readers: Mapping[str, Collection[str]] | None = None,
    progress: Progress | None = None,
) -> Report:
    """Read the shop's topics and check every invariant.

    Args:
        connection: arguments of an aiokafka consumer, `bootstrap_servers` among them.
        allow_open: the stream still runs: what is only missing is counted as open.
        readers: input topic: the services that read it; checks that each set aside what is unreadable.
        progress: called with (topic, records read in all) when a topic has been read.

    Raises:
        BrokerUnreachableError: nobody answers.
        ReadingStalledError: the broker stopped answering on the way.
    """
    started, history = time.monotonic(), History()
    existing = await partitions(connection)
    async with committed_reader(connection) as consumer:
        limits: dict[TopicPartition, int] = {}
        for topic in reversed(TOPICS):  # causes later than effects: none is missed while the stream runs
            limits |= await ends(consumer, existing.get(topic, ()))
        for topic in TOPICS:
            own = {partition: end for partition, end in limits.items() if partition.topic == topic}
            await read_topic(consumer, own, history.take)
            if progress is not None:
                progress(topic, history.records.total())
    return conclude(history, allow_open=allow_open, readers=readers, seconds=time.monotonic() - started)


def verify_records(
    records: Iterable[Record], *, allow_open: bool = False, readers: Mapping[str, Collection[str]] | None = None
) -> Report:
    """The same judgement of records from anywhere: a file, a test driver."""
    history = History()
    for record in records:
        history.take(record)
    return conclude(history, allow_open=allow_open, readers=readers)


def conclude(
    history: History,
    *,
    allow_open: bool = False,
    readers: Mapping[str, Collection[str]] | None = None,
    seconds: float = 0.0,
) -> Report:
    """Close a history and judge it."""
    history.close()
    checks = judge(history, allow_open=allow_open, readers=readers)
    return Report(checks, account(history), {topic: history.records[topic] for topic in TOPICS}, seconds)
