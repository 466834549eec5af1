"""What a test against real Kafka needs: one broker for the whole session, and names that no other test has used."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from streams.broker import EmbeddedKafka


@pytest.fixture(scope="session")
def kafka() -> Iterator[EmbeddedKafka]:
    """The session's broker, shared: a test that hurts a broker starts its own."""
    with EmbeddedKafka() as kafka:
        yield kafka


@pytest.fixture
def fresh() -> Callable[[str], str]:
    """Turn `orders` into a topic, group or app id that no other test has."""
    suffix = uuid4().hex[:8]
    return lambda name: f"{name}-{suffix}"


@pytest.fixture
async def new_topic(kafka: EmbeddedKafka, fresh: Callable[[str], str]) -> AsyncIterator[Callable[..., Awaitable[str]]]:
    """`await new_topic("orders", partitions=4)` creates a fresh topic and returns its name."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()

    async def create(name: str, partitions: int = 1, **config: str) -> str:
        topic = NewTopic(fresh(name), partitions, 1, topic_configs={k.replace("_", "."): v for k, v in config.items()})
        await admin.create_topics([topic])
        return topic.name

    yield create
    await admin.close()
