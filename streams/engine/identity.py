"""Which topic is this: its id, which a topic of the same name made later does not share.

A store that was filled from one changelog must not be continued from another; `recovery.py` asks here. aiokafka's
metadata requests stop at version 5, and ids came with version 10.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiokafka.errors import for_code
from aiokafka.protocol.types import Boolean, CompactArray, Int16, Int32

from streams.engine.errors import TopologyError
from streams.engine.writer.codec import Str, api, array

if TYPE_CHECKING:
    from io import BytesIO

    from aiokafka.client import AIOKafkaClient


class Uuid:
    """Kafka's UUID: 16 bytes."""

    @staticmethod
    def encode(value: bytes) -> bytes:
        return value

    @staticmethod
    def decode(data: BytesIO) -> bytes:
        return data.read(16)


NO_ID = bytes(16)
Nodes = CompactArray(Int32)
Metadata = api(
    "Metadata",
    3,
    12,
    [("topics", array(("topic_id", Uuid), ("name", Str))), ("auto_create", Boolean), ("operations", Boolean)],
    [
        ("throttle_time_ms", Int32),
        ("brokers", array(("node_id", Int32), ("host", Str), ("port", Int32), ("rack", Str))),
        ("cluster_id", Str),
        ("controller_id", Int32),
        (
            "topics",
            array(
                ("error_code", Int16),
                ("name", Str),
                ("topic_id", Uuid),
                ("internal", Boolean),
                (
                    "partitions",
                    array(
                        ("error_code", Int16),
                        ("index", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", Nodes),
                        ("in_sync", Nodes),
                        ("offline", Nodes),
                    ),
                ),
                ("operations", Int32),
            ),
        ),
    ],
)


async def topic_identity(client: AIOKafkaClient, name: str) -> str:
    """The id of a topic, hexadecimal: a topic that is deleted and made again gets another one.

    Raises:
        TopologyError: the cluster does not know the topic.
    """
    answer = await client.send(client.get_random_node(), Metadata([(NO_ID, name)], False, False))
    error, _, identity, *_ = answer.topics[0]
    if error:
        raise TopologyError(f"topic {name}: {for_code(error).__name__}")
    return str(identity.hex())
