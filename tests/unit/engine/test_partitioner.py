"""Every client agrees where a key belongs."""

import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from streams.engine.partitioner import Partitioner, hashes

JAVA = {  # org.apache.kafka.common.utils.UtilsTest.testMurmur2
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}


@pytest.mark.parametrize(("key", "hashed"), JAVA.items())
def test_hashes_are_those_of_the_java_client(key, hashed):
    assert hashes([key]).tolist() == [hashed & 0x7FFFFFFF]


@given(st.lists(st.binary(max_size=40), max_size=30), st.integers(1, 50))
def test_a_key_goes_where_aiokafkas_partitioner_sends_it(keys, count):
    partitions, other = list(range(count)), DefaultPartitioner()
    expected = [other(key, partitions, partitions) for key in keys]
    partitioner = Partitioner(lambda _topic: count)
    assert [partitioner.partition("t", key, 0) for key in keys] == expected
    found = {value: partition for partition, pairs in partitioner.split("t", keys, keys) for _, value in pairs}
    assert [found[key] for key in keys] == expected


@given(st.lists(st.sampled_from([b"a", b"b", b"", b"longer"]), max_size=30))
def test_a_split_keeps_every_pair_and_the_order_within_a_partition(keys):
    values = [b"%d" % n for n in range(len(keys))]
    split = dict(Partitioner(lambda _topic: 3).split("t", keys, values))
    assert sorted(pair for pairs in split.values() for pair in pairs) == sorted(zip(keys, values, strict=True))
    for pairs in split.values():
        assert [int(value) for _, value in pairs] == sorted(int(value) for _, value in pairs)


def test_a_record_without_a_key_stays_with_its_source_partition():
    partitioner = Partitioner({"t": 4}.__getitem__)
    assert [partitioner.partition("t", None, source) for source in (0, 3, 5)] == [0, 3, 1]
