"""Topics in the cluster: made from what a service declares, and checked against it.

A topic that exists keeps its settings: another team's pipe is not ours to change. But its partition count must be the
declared one where the service's state depends on it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from streams.engine.deadletters import MAX_BATCH_BYTES
from streams.engine.errors import TopologyError
from streams.engine.service import DEAD_LETTERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aiokafka.client import AIOKafkaClient

    from streams.engine.service import Service, Topic

METADATA_SECONDS = 10.0  # how long a new topic may take to be known to the brokers
CHANGELOG_CONFIG = {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.3", "segment.ms": "3600000"}
DEAD_LETTER_CONFIG = {"retention.ms": str(30 * 86_400_000), "max.message.bytes": str(MAX_BATCH_BYTES)}


class Plan(NamedTuple):
    """A topic that should exist."""

    name: str
    partitions: int
    config: Mapping[str, str]


def plan(service: Service) -> list[Plan]:
    """Every topic that a service reads or writes, its changelog and the dead letters among them."""
    declared: Iterable[Topic] = (*service.reads, *service.emits)
    topics = {topic.name: Plan(topic.name, topic.partitions, topic.config) for topic in declared}
    topics.setdefault(DEAD_LETTERS, Plan(DEAD_LETTERS, service.partitions, DEAD_LETTER_CONFIG))
    topics[service.changelog] = Plan(service.changelog, service.partitions, CHANGELOG_CONFIG)
    return list(topics.values())


async def create(connection: Mapping[str, Any], topics: Iterable[Plan], *, replication: int = 1) -> list[str]:
    """Create the topics that do not exist yet; returns their names.

    Raises:
        KafkaError: the cluster refuses one.
    """
    admin = AIOKafkaAdminClient(**connection)
    await admin.start()
    try:
        known = set(await admin.list_topics())
        missing = [topic for topic in topics if topic.name not in known]
        if not missing:
            return []
        wanted = [NewTopic(t.name, t.partitions, replication, topic_configs=dict(t.config)) for t in missing]
        answer = await admin.create_topics(wanted)
        for name, code, *_ in answer.topic_errors:
            if code and for_code(code) is not TopicAlreadyExistsError:
                raise for_code(code)(f"topic {name} could not be created")
        return [topic.name for topic in missing]
    finally:
        await admin.close()


async def partition_counts(client: AIOKafkaClient, topics: Iterable[Plan]) -> dict[str, int]:
    """How many partitions each topic has in the cluster; waits until all are known.

    Raises:
        TopologyError: a topic does not appear, or a source's count differs from what the service declares.
    """
    names = [topic.name for topic in topics]
    for name in names:
        client.add_topic(name)
    for _ in range(int(METADATA_SECONDS / 0.1)):
        await client.force_metadata_update()
        found = {name: len(client.cluster.partitions_for_topic(name) or ()) for name in names}
        if all(found.values()):
            return found
        await asyncio.sleep(0.1)
    raise TopologyError(f"the cluster does not have the topics {[name for name, count in found.items() if not count]}")


def check(service: Service, counts: Mapping[str, int]) -> None:
    """The partition is the unit of state, so sources and changelog must agree on their number."""
    for name in (*(topic.name for topic in service.reads), service.changelog):
        if counts[name] != service.partitions:
            raise TopologyError(
                f"topic {name} has {counts[name]} partitions, {service.name} declares {service.partitions}: "
                "state is kept by partition, so they must be equal"
            )
