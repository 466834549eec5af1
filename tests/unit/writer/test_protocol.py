"""The bytes are those of Kafka's protocol guide, written out by hand here."""

from io import BytesIO

import pytest
from aiokafka import TopicPartition

from streams.engine.writer import UnsupportedBroker
from streams.engine.writer.protocol import (
    ApiVersions,
    EndTxn,
    InitProducerId,
    Produce,
    TxnOffsetCommit,
    by_topic,
    finalized_features,
)


def test_end_of_transaction_as_bytes():
    assert EndTxn("tx", 5, 3, True).encode() == b"\x03tx" + b"\0" * 7 + b"\x05" + b"\0\x03" + b"\x01" + b"\0"


def test_produce_as_bytes_ends_every_structure_in_empty_tags():
    request = Produce("tx", -1, 1_000, [("t", [(1, bytearray(b"abc"))])])
    partition = b"\0\0\0\x01" + b"\x04abc" + b"\0"
    topic = b"\x02t" + b"\x02" + partition + b"\0"
    assert request.encode() == b"\x03tx" + b"\xff\xff" + b"\0\0\x03\xe8" + b"\x02" + topic + b"\0"


def test_offsets_as_bytes_know_a_missing_instance_id():
    request = TxnOffsetCommit("tx", "g", 5, 3, 7, "m", None, [("t", [(0, 42, -1, "5/3")])])
    partition = b"\0" * 4 + b"\0" * 7 + b"\x2a" + b"\xff" * 4 + b"\x045/3" + b"\0"
    topic = b"\x02t" + b"\x02" + partition + b"\0"
    head = b"\x03tx" + b"\x02g" + b"\0" * 7 + b"\x05" + b"\0\x03" + b"\0\0\0\x07" + b"\x02m" + b"\0"
    assert request.encode() == head + b"\x02" + topic + b"\0"


def test_an_answer_skips_tags_that_it_does_not_know():
    partition = b"\0\0\0\x01" + b"\0\0" + b"\0" * 7 + b"\x09" + b"\xff" * 8 + b"\0" * 8 + b"\x01" + b"\0"
    tags = b"\x01" + b"\x07" + b"\x02" + b"??"
    answer = b"\x02" + b"\x02t" + b"\x02" + partition + tags + b"\0" + b"\0" * 4 + b"\0"
    [(name, [part])] = Produce.RESPONSE_TYPE.decode(BytesIO(answer)).topics
    assert (name, part) == ("t", (1, 0, 9, -1, 0, [], None))


def test_features_are_read_from_the_tags_of_api_versions():
    features = b"\x02" + b"\x14transaction.version" + b"\0\x02" + b"\0\0" + b"\0"
    answer = b"\0\0" + b"\x01" + b"\0" * 4 + b"\x01" + b"\x02" + bytes([len(features)]) + features
    assert finalized_features(ApiVersions.RESPONSE_TYPE.decode(BytesIO(answer))) == {"transaction.version": 2}


def test_a_broker_without_features_has_none():
    answer = b"\0\0" + b"\x01" + b"\0" * 4 + b"\0"
    assert finalized_features(ApiVersions.RESPONSE_TYPE.decode(BytesIO(answer))) == {}


@pytest.mark.parametrize("versions", [{}, {22: (0, 4)}, {22: (6, 9)}])
def test_a_broker_without_the_version_is_named(versions):
    with pytest.raises(UnsupportedBroker, match="InitProducerId"):
        InitProducerId("tx", 1, -1, -1).prepare(versions)


def test_rows_are_nested_per_topic_in_their_order():
    rows = [(TopicPartition("a", 1), 1), (TopicPartition("b", 0), 2), (TopicPartition("a", 0), 3)]
    assert by_topic(rows) == [("a", [1, 3]), ("b", [2])]
