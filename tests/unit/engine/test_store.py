"""One contract for both stores; and what RocksDB has to keep over a reopen."""

import shutil
from collections import deque

import msgspec
import pytest
import rocksdict

from streams.engine import Table
from streams.engine.cache import RowCache
from streams.engine.errors import StoreError
from streams.engine.store import MemoryStore, RocksStore


@pytest.fixture(params=[1, 3, 4_000, None], ids=["at once", "some later", "later", "memory"])
def store(request, tmp_path, monkeypatch):
    if request.param is not None:
        monkeypatch.setattr("streams.engine.waiting.MOST_CHANGES", request.param)
        monkeypatch.setattr("streams.engine.store.MANY_CHANGES", max(2, request.param - 1))
    store = RocksStore(tmp_path / "0") if request.param is not None else MemoryStore()
    yield store
    store.close()


def test_a_new_store_has_no_rows_no_offset_and_no_topic(store):
    assert (store.get(b"t/a"), list(store.scan(b"", b"\xff")), store.offset, store.topic_id) == (None, [], None, None)


def test_rows_and_offset_are_written_together(store):
    store.write([(b"t/a", b"1"), (b"t/b", b"")], offset=7)
    assert (store.get(b"t/a"), store.get(b"t/b"), store.offset) == (b"1", b"", 7)


def test_none_deletes_and_a_row_that_is_not_there_may_be_deleted(store):
    store.write([(b"t/a", b"1")], offset=1)
    store.write([(b"t/a", None), (b"t/x", None)], offset=2)
    assert (store.get(b"t/a"), store.offset) == (None, 2)


def test_the_last_write_of_a_batch_counts(store):
    store.write([(b"t/a", b"1"), (b"t/a", None), (b"t/a", b"3")], offset=1)
    assert store.get(b"t/a") == b"3"


def test_a_large_transaction_overrules_what_waits(store):
    store.write([(b"t/5", b"waits"), (b"t/other", b"waits")], offset=1)
    store.write([(b"t/%d" % n, b"large") for n in range(2_000)], offset=2)
    assert (store.get(b"t/5"), store.get(b"t/other"), store.offset) == (b"large", b"waits", 2)


def test_an_offset_moves_without_rows(store):
    store.write([], offset=9)
    assert store.offset == 9


def test_a_scan_gives_low_to_below_high_in_order_of_bytes_and_no_meta_keys(store):
    keys = [b"t/", b"t/a", b"t/b\x00", b"t/\xc3\xa4", b"u/a"]
    store.reset("topic")
    store.write([(key, key) for key in reversed(keys)], offset=1)
    assert list(store.scan(b"t/", b"u/")) == [(key, key) for key in keys[:4]]
    assert list(store.scan(b"t/a", b"t/b")) == [(b"t/a", b"t/a")]
    assert list(store.scan(b"t", b"z")) == [(key, key) for key in keys]


def test_a_scan_sees_what_was_there_when_it_began_or_later_but_never_fails(store):
    store.write([(b"t/%d" % n, b"") for n in range(9)], offset=1)
    seen = []
    for key, _ in store.scan(b"t/", b"u"):
        seen.append(key)
        store.write([(b"t/%d" % (len(seen) + 1), None)], offset=1)
    assert set(seen) <= {b"t/%d" % n for n in range(9)}


def test_a_reset_forgets_rows_and_offset_and_knows_its_topic(store):
    store.write([(b"t/a", b"1")], offset=7)
    store.reset("another topic")
    assert (store.get(b"t/a"), store.offset, store.topic_id) == (None, None, "another topic")
    store.write([(b"t/a", b"2")], offset=1)
    assert store.get(b"t/a") == b"2"


def test_a_reopened_store_has_everything_that_was_written(tmp_path):
    store = RocksStore(tmp_path / "0")
    store.reset("topic")
    store.write([(b"t/a", b"1")], offset=7)
    store.close()
    store = RocksStore(tmp_path / "0")
    assert (store.get(b"t/a"), store.offset, store.topic_id) == (b"1", 7, "topic")
    store.close()


def on_disk(store, path):
    """What another worker would find if this one were killed now."""
    copied = shutil.copytree(store._path, path)
    found = RocksStore(copied)
    rows = dict(found.scan(b"\1", b"\xff"))
    found.close()
    return rows, found.offset


def test_a_killed_worker_leaves_rows_and_offset_of_one_moment_not_long_ago(tmp_path, monkeypatch):
    monkeypatch.setattr("streams.engine.waiting.MOST_CHANGES", 3)
    monkeypatch.setattr("streams.engine.store.MANY_CHANGES", 2)
    store, model, moments = RocksStore(tmp_path / "0"), {}, {None: {}}
    for n in range(20):
        rows = [(b"t/%d" % (n % 4), b"%d" % n)] * (n % 2) + [(b"t/x%d" % (n % 3), None if n % 5 else b"")]
        store.write(rows, offset=n)
        model.update(rows)
        moments[n] = {key: value for key, value in model.items() if value is not None}
        found, offset = on_disk(store, tmp_path / f"copy{n}")
        assert found == moments[offset]
        assert n - (-1 if offset is None else offset) <= 3
        assert dict(store.scan(b"\1", b"\xff")) == moments[n]
    store.close()


def test_a_quiet_store_does_not_wait_for_more_changes(tmp_path, monkeypatch):
    monkeypatch.setattr("streams.engine.waiting.MOST_SECONDS", 0.0)
    store = RocksStore(tmp_path / "0")
    store.write([(b"t/a", b"1")], offset=7)
    assert on_disk(store, tmp_path / "copy") == ({b"t/a": b"1"}, 7)
    store.close()


@pytest.mark.parametrize("count", [1, 5])
def test_after_a_failed_write_rows_and_offset_are_still_of_one_moment(tmp_path, monkeypatch, count):
    monkeypatch.setattr("streams.engine.waiting.MOST_CHANGES", 3)
    monkeypatch.setattr("streams.engine.store.MANY_CHANGES", 5)
    store = RocksStore(tmp_path / "0")
    for n in range(2):
        store.write([(b"t/a", b"%d" % n)], offset=n)
    database, store._db = store._db, Broken()
    with pytest.raises(OSError, match="input/output error"):
        store.write([(b"t/a", b"2")] * count, offset=2)
    store._db = database
    store.close()
    store = RocksStore(tmp_path / "0")
    assert (store.get(b"t/a"), store.offset) in {(b"1", 1), (b"2", 2)}
    store.close()


def test_a_store_that_cannot_be_written_is_closed_all_the_same(tmp_path, monkeypatch, caplog):
    store = RocksStore(tmp_path / "0")
    store.write([(b"t/a", b"1")], offset=7)
    monkeypatch.setattr(store, "_save", Broken().scan)
    store.close()
    assert "the changelog has them (input/output error)" in caplog.text
    RocksStore(tmp_path / "0").close()  # its lock is free


def test_a_reopened_store_keeps_its_bloom_filters_and_the_process_one_block_cache(tmp_path, monkeypatch):
    monkeypatch.setattr("streams.engine.waiting.MOST_CHANGES", 1)
    for _ in range(2):
        store = RocksStore(tmp_path / "0")
        store.write([(b"t/%d" % n, bytes(100)) for n in range(2000)], offset=1)
        store._db.flush()
        before = RocksStore._block_cache.get_usage()
        for n in range(2000):
            assert store.get(b"t/%d" % n) is not None
        assert RocksStore._block_cache.get_usage() > before
        store.close()
    options = "\n".join(path.read_text() for path in (tmp_path / "0").glob("OPTIONS-*"))
    assert "filter_policy=bloomfilter" in options
    assert "filter_policy=nullptr" not in options


def test_another_process_cannot_open_the_same_rows(tmp_path):
    store = RocksStore(tmp_path / "0")
    with pytest.raises(Exception, match=r"(?i)lock"):
        rocksdict.Rdict(str(tmp_path / "0"))
    store.close()


def test_rows_of_structs_are_json_in_the_store():
    class Row(msgspec.Struct, frozen=True):
        count: int

    assert Table("rows", Row).decode(b'{"count":3}') == Row(3)


class Broken:
    """A disk that cannot be read."""

    def get(self, _key):
        raise OSError("input/output error")

    def scan(self, _low, _high):
        raise OSError("input/output error")

    def write(self, _batch):
        raise OSError("input/output error")


@pytest.mark.parametrize("read", [lambda cache: cache["a"], lambda cache: list(cache.scan("", "z"))])
def test_a_store_that_cannot_be_read_is_no_fault_of_the_event(read):
    """Else every event would become a dead letter, and the stream would run dry on a broken disk."""
    with pytest.raises(StoreError, match=r"totals.*input/output error"):
        read(RowCache(Table("totals", int), Broken(), deque()))


@pytest.mark.parametrize("read", [lambda cache: cache["a"], lambda cache: list(cache.scan("", "z"))])
def test_a_row_that_is_not_of_its_type_any_more_is_no_fault_of_the_event(read):
    store = MemoryStore()
    store.write([(b"totals/a", b'"seven"')], offset=1)
    with pytest.raises(StoreError, match=r"totals.*row 'a'.*Expected `int`"):
        read(RowCache(Table("totals", int), store, deque()))
