"""The work of several chunks becomes one transaction: each key once, outputs in order, offsets of the last chunk."""

from types import SimpleNamespace

import msgspec
import pytest
from aiokafka.record.default_records import DefaultRecordBatch
from aiokafka.structs import TopicPartition

from streams.engine import Table
from streams.engine.deadletters import DeadLetter
from streams.engine.group import Group, encoded
from streams.engine.outputs import Outputs
from streams.engine.partitioner import Partitioner
from streams.engine.store import MemoryStore
from streams.engine.task import Task
from streams.engine.transactions import Work
from tests.support.pipes import Event, Shop, Total

SHOP = Shop(partitions=2)
PARTITIONER = Partitioner(lambda _topic: 2)


@pytest.fixture
def task():
    return Task(SHOP.service, 1, MemoryStore())


def work(task, next_offset, rows=None, totals=(), letters=()):
    chunk = SimpleNamespace(task=task, topic=SHOP.source, partition=1, records=[1, 2], next_offset=next_offset)
    events = [Event(f"{total.key}-{total.total}", "Total", total) for total in totals]
    outputs = Outputs([total.key.encode() for total in totals], events, SHOP.target.write(events))
    return Work(chunk, {SHOP.totals: rows} if rows else {}, {SHOP.target: outputs} if totals else {}, letters, 0)


def contents(group):
    """Topic and partition -> keys and values."""
    return {
        tp: [(r.key, r.value) for batch in queue for r in DefaultRecordBatch(bytes(batch.data))]
        for tp, queue in group.batches.seal(1, 0).items()
    }


def test_a_key_changed_by_many_chunks_is_one_changelog_record(task):
    group = Group("changelog")
    for n in range(1, 6):
        group.add(work(task, 10 * n, {"a": n, f"b{n}": n}), PARTITIONER, 0)
    writes = group.finish(0)[task]
    assert dict(writes)[b"totals/a"] == b"5"
    assert len(writes) == 6
    assert contents(group) == {TopicPartition("changelog", 1): writes}


def test_a_row_that_was_made_and_deleted_is_a_tombstone(task):
    group = Group("changelog")
    group.add(work(task, 1, {"a": 1}), PARTITIONER, 0)
    group.add(work(task, 2, {"a": None}), PARTITIONER, 0)
    assert group.finish(0)[task] == [(b"totals/a", None)]


def test_outputs_keep_their_order_and_go_where_their_key_belongs(task):
    group, totals = Group("changelog"), [Total(key, n) for n in range(3) for key in "abcd"]
    group.add(work(task, 1, totals=totals), PARTITIONER, 0)
    for (topic, partition), pairs in contents(group).items():
        assert topic == SHOP.target.name
        assert {PARTITIONER.partition(topic, key, 0) for key, _ in pairs} == {partition}
        told = [(key.decode(), msgspec.json.decode(value)["data"]["total"]) for key, value in pairs]
        assert told == [(t.key, t.total) for t in totals if t.key in {key for key, _ in told}]


def test_offsets_and_counts_are_those_of_all_chunks(task):
    group = Group("changelog")
    for offset in (2, 4):
        group.add(work(task, offset, letters=[DeadLetter(None, b"?", [])]), PARTITIONER, 0)
    assert (group.offsets, group.records, group.dead_letters) == ({TopicPartition(SHOP.source.name, 1): 4}, 4, 2)


def test_a_dead_letter_without_a_key_goes_to_the_partition_of_its_source(task):
    group = Group("changelog")
    group.add(work(task, 1, letters=[DeadLetter(None, b"?", [])]), PARTITIONER, 0)
    assert contents(group) == {TopicPartition("dead-letters", 1): [(None, b"?")]}


def test_later_chunks_read_the_rows_of_a_group_that_is_not_committed(task):
    group = Group("changelog")
    group.add(work(task, 1, {"a": 1}), PARTITIONER, 0)
    assert task.rows(SHOP.totals)["a"] == 1
    assert list(task.rows(SHOP.totals).range("", "z")) == [("a", 1)]
    assert task.store.get(b"totals/a") is None


class Note(msgspec.Struct, frozen=True):
    text: str


def test_rows_are_encoded_one_for_one_whatever_they_hold():
    notes = Table("notes", Note)
    rows = {"a": Note("two\nlines"), "gone": None, "b/c": Note(""), "ä": Note("\u2028\r\n\0")}
    written = dict(encoded({notes: rows, Table("empty", Note): {}}))
    assert {key: value and notes.decode(value) for key, value in written.items()} == {
        f"notes/{key}".encode(): row for key, row in rows.items()
    }
