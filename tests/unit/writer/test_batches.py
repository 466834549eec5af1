"""Record batches are filled early, sealed late, bounded, and read back as they were written."""

import pytest
from aiokafka import TopicPartition
from aiokafka.record.default_records import DefaultRecordBatch
from hypothesis import given
from hypothesis import strategies as st

from streams.engine.writer import Batches, RecordTooLarge, WriterMisused

TP = TopicPartition("topic", 0)
LIMIT = 500
PRODUCER, EPOCH = 4_711, 13

blobs = st.none() | st.binary(max_size=120)
pairs = st.lists(st.tuples(blobs, blobs), max_size=40)


def opened(sealed):
    return DefaultRecordBatch(bytes(sealed.data))


def read(sealed):
    return [(record.key, record.value) for batch in sealed for record in opened(batch)]


@given(st.lists(pairs, max_size=4), st.sampled_from(["none", "gzip", "snappy", "lz4", "zstd"]))
def test_every_record_comes_back_in_order(calls, compression):
    batches = Batches(compression=compression, max_batch_bytes=LIMIT)
    for records in calls:
        batches.append("topic", 0, records, 1)
    expected = [record for records in calls for record in records]
    assert batches.records == len(expected)
    assert read(batches.seal(PRODUCER, EPOCH).get(TP, [])) == expected


@given(pairs)
def test_no_batch_is_larger_than_the_limit_and_sequences_have_no_gap(records):
    batches = Batches(max_batch_bytes=LIMIT)
    batches.append("topic", 0, records, 1)
    sequence = 0
    for sealed in batches.seal(PRODUCER, EPOCH).get(TP, []):
        batch = opened(sealed)
        assert len(sealed.data) <= LIMIT
        assert (batch.producer_id, batch.producer_epoch, batch.base_sequence) == (PRODUCER, EPOCH, sequence)
        assert batch.is_transactional
        assert batch.validate_crc()
        sequence += sealed.records
    assert sequence == len(records)


def test_sequences_count_per_partition():
    batches = Batches()
    for partition in (0, 1):
        batches.append("topic", partition, [(b"k", b"v")] * 3, 1)
    assert [opened(queue[0]).base_sequence for queue in batches.seal(PRODUCER, EPOCH).values()] == [0, 0]


def test_headers_and_timestamps_are_kept():
    batches = Batches()
    batches.append_with_headers("topic", 0, b"k", None, [("a", b"1"), ("b", b"")], 99)
    [record] = opened(batches.seal(PRODUCER, EPOCH)[TP][0])
    assert (record.key, record.value, record.timestamp, record.headers) == (b"k", None, 99, [("a", b"1"), ("b", b"")])


def test_a_full_batch_makes_room_for_a_record_with_headers():
    batches = Batches(max_batch_bytes=LIMIT)
    for _ in range(3):
        batches.append_with_headers("topic", 0, b"k", b"v" * 200, [("h", b"x")], 1)
    assert [sealed.records for sealed in batches.seal(PRODUCER, EPOCH)[TP]] == [2, 1]


@pytest.mark.parametrize("before", [0, 1, 3])
def test_a_record_above_the_limit_is_refused_and_the_others_stay(before):
    batches = Batches(max_batch_bytes=LIMIT)
    records = [(b"k", b"v" * 150)] * before
    with pytest.raises(RecordTooLarge):
        batches.append("topic", 0, [*records, (b"k", b"v" * LIMIT), (b"k", b"after")], 1)
    batches.append("topic", 0, [(b"k", b"next")], 1)
    assert read(batches.seal(PRODUCER, EPOCH)[TP]) == [*records, (b"k", b"next")]


def test_a_large_record_with_headers_is_refused_too():
    batches = Batches(max_batch_bytes=LIMIT)
    with pytest.raises(RecordTooLarge):
        batches.append_with_headers("topic", 0, b"k", b"v", [("h", b"x" * LIMIT)], 1)
    assert batches.records == 0


def test_a_record_of_the_wrong_type_leaves_the_ones_before_it():
    batches = Batches()
    with pytest.raises(TypeError):
        batches.append("topic", 0, [(b"k", b"v"), (b"k", "text")], 1)
    assert batches.records == 1


def test_the_size_grows_with_what_is_appended():
    batches = Batches()
    batches.append("topic", 0, [(b"k", b"v" * 100)] * 10, 1)
    batches.append("other", 0, [(b"k", b"v" * 100)] * 10, 1)
    assert 2_000 < batches.bytes < 2_500


def test_sealing_is_for_one_transaction():
    batches = Batches()
    batches.append("topic", 0, [(b"k", b"v")], 1)
    batches.seal(PRODUCER, EPOCH)
    with pytest.raises(WriterMisused):
        batches.seal(PRODUCER, EPOCH)
    with pytest.raises(WriterMisused):
        batches.append("topic", 0, [], 1)


def test_nothing_appended_is_nothing_sealed():
    batches = Batches()
    batches.append("topic", 0, [], 1)
    assert batches.seal(PRODUCER, EPOCH) == {}


def test_an_unknown_compression_is_refused():
    with pytest.raises(KeyError):
        Batches(compression="brotli")
