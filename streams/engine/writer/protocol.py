"""The requests of a transaction, field by field, as Kafka's protocol guide lists them (kafka.apache.org/protocol).

aiokafka stops at the first generation (InitProducerId v0, TxnOffsetCommit v0, EndTxn v0, Produce v7). Here are the
versions that the second generation needs. Nothing here decides anything: how they are encoded is in `codec.py`; who
sends what to whom in `coordinator.py` and `leaders.py`; in which order in `writer.py`.
"""

from __future__ import annotations

from collections import defaultdict
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeVar

from aiokafka.protocol.api import ResponseHeader_v0
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactBytes,
    Int8,
    Int16,
    Int32,
    Int64,
    TaggedFields,
)

from streams.engine.writer.codec import Str, api, array

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiokafka.structs import TopicPartition

T = TypeVar("T")

ApiVersions = api(
    "ApiVersions", 18, 3,
    [("client_software_name", Str), ("client_software_version", Str)],
    [("error_code", Int16),
     ("api_keys", array(("api_key", Int16), ("min_version", Int16), ("max_version", Int16))),
     ("throttle_time_ms", Int32), ("tagged", TaggedFields)],
)  # fmt: skip
# The exception: its answer has header v0, so that a client can read it before it knows the broker (KIP-511).
ApiVersions.parse_response_header = lambda _, data: ResponseHeader_v0.decode(data)
FINALIZED_FEATURES_TAG = 2
FinalizedFeatures = array(("name", Str), ("max_version_level", Int16), ("min_version_level", Int16))

FindCoordinator = api(
    "FindCoordinator", 10, 6,
    [("key_type", Int8), ("coordinator_keys", CompactArray(Str))],
    [("throttle_time_ms", Int32),
     ("coordinators", array(
         ("key", Str), ("node_id", Int32), ("host", Str), ("port", Int32), ("error_code", Int16),
         ("error_message", Str)))],
)  # fmt: skip
GROUP, TRANSACTION = 0, 1

InitProducerId = api(
    "InitProducerId", 22, 5,
    [("transactional_id", Str), ("transaction_timeout_ms", Int32), ("producer_id", Int64), ("producer_epoch", Int16)],
    [("throttle_time_ms", Int32), ("error_code", Int16), ("producer_id", Int64), ("producer_epoch", Int16)],
)  # fmt: skip

TxnOffsetCommit = api(
    "TxnOffsetCommit", 28, 5,
    [("transactional_id", Str), ("group_id", Str), ("producer_id", Int64), ("producer_epoch", Int16),
     ("generation_id", Int32), ("member_id", Str), ("group_instance_id", Str),
     ("topics", array(("name", Str), ("partitions", array(
         ("partition_index", Int32), ("committed_offset", Int64), ("committed_leader_epoch", Int32),
         ("committed_metadata", Str)))))],
    [("throttle_time_ms", Int32),
     ("topics", array(("name", Str), ("partitions", array(("partition_index", Int32), ("error_code", Int16)))))],
)  # fmt: skip

Produce = api(
    "Produce", 0, 12,
    [("transactional_id", Str), ("acks", Int16), ("timeout_ms", Int32),
     ("topics", array(("name", Str), ("partitions", array(("index", Int32), ("records", CompactBytes)))))],
    [("topics", array(("name", Str), ("partitions", array(
        ("index", Int32), ("error_code", Int16), ("base_offset", Int64), ("log_append_time_ms", Int64),
        ("log_start_offset", Int64), ("record_errors", array(("batch_index", Int32), ("message", Str))),
        ("error_message", Str))))),
     ("throttle_time_ms", Int32)],
)  # fmt: skip
ALL_REPLICAS = -1

EndTxn = api(
    "EndTxn", 26, 5,
    [("transactional_id", Str), ("producer_id", Int64), ("producer_epoch", Int16), ("committed", Boolean)],
    [("throttle_time_ms", Int32), ("error_code", Int16), ("producer_id", Int64), ("producer_epoch", Int16)],
)  # fmt: skip

OffsetFetch = api(
    "OffsetFetch", 9, 7,
    [("group_id", Str), ("topics", array(("name", Str), ("partition_indexes", CompactArray(Int32)))),
     ("require_stable", Boolean)],
    [("throttle_time_ms", Int32),
     ("topics", array(("name", Str), ("partitions", array(
         ("partition_index", Int32), ("committed_offset", Int64), ("committed_leader_epoch", Int32), ("metadata", Str),
         ("error_code", Int16))))),
     ("error_code", Int16)],
)  # fmt: skip

ListOffsets = api(
    "ListOffsets", 2, 6,
    [("replica_id", Int32), ("isolation_level", Int8),
     ("topics", array(("name", Str), ("partitions", array(
         ("partition_index", Int32), ("current_leader_epoch", Int32), ("timestamp", Int64)))))],
    [("throttle_time_ms", Int32),
     ("topics", array(("name", Str), ("partitions", array(
         ("partition_index", Int32), ("error_code", Int16), ("timestamp", Int64), ("offset", Int64),
         ("leader_epoch", Int32)))))],
)  # fmt: skip
READ_UNCOMMITTED, READ_COMMITTED = 0, 1
LATEST, EARLIEST = -1, -2
CONSUMER, ANY_LEADER_EPOCH = -1, -1


def finalized_features(answer: Any) -> dict[str, int]:
    """Feature name -> the level the cluster agreed on, out of an ApiVersions answer (KIP-584)."""
    raw = answer.tagged.get(FINALIZED_FEATURES_TAG)
    return {} if raw is None else {name: level for name, level, _ in FinalizedFeatures.decode(BytesIO(raw))}


def by_topic(rows: Iterable[tuple[TopicPartition, T]]) -> list[tuple[str, list[T]]]:
    """Rows per partition, nested as requests nest them: per topic."""
    topics: defaultdict[str, list[T]] = defaultdict(list)
    for tp, row in rows:
        topics[tp.topic].append(row)
    return list(topics.items())
