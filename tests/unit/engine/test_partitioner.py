"""Every client agrees where a key belongs."""

import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from streams.engine import partitioner
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
    engines = Partitioner(lambda _topic: count)
    assert [engines.partition("t", key, 0) for key in keys] == expected
    found = {value: partition for partition, pairs in engines.split("t", keys, keys) for _, value in pairs}
    assert [found[key] for key in keys] == expected


@given(st.lists(st.sampled_from([b"a", b"b", b"", b"longer"]), max_size=30))
def test_a_split_keeps_every_pair_and_the_order_within_a_partition(keys):
    values = [b"%d" % n for n in range(len(keys))]
    split = dict(Partitioner(lambda _topic: 3).split("t", keys, values))
    assert sorted(pair for pairs in split.values() for pair in pairs) == sorted(zip(keys, values, strict=True))
    for pairs in split.values():
        assert [int(value) for _, value in pairs] == sorted(int(value) for _, value in pairs)


@given(st.lists(st.lists(st.integers(0, 30), max_size=6), max_size=20))
def test_what_is_remembered_of_keys_changes_no_partition(chunks):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(partitioner, "KNOWN", 5)
        patch.setattr(partitioner, "FORGETFUL", 2)
        warm = Partitioner(lambda _topic: 7)
        for chunk in chunks:
            keys = [b"key-%d" % n for n in chunk]
            cold = Partitioner(lambda _topic: 7)
            assert [*warm.split("t", keys, keys)] == [*cold.split("t", keys, keys)]
            assert len(warm._hashes["t"]._known) < 5 + 6


def test_a_record_without_a_key_stays_with_its_source_partition():
    four = Partitioner({"t": 4}.__getitem__)
    assert [four.partition("t", None, source) for source in (0, 3, 5)] == [0, 3, 1]
