"""Rows behave as a dict would, through all their layers, whatever is rolled back, committed or aged meanwhile."""

from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.engine import Table
from streams.engine.cache import SLOT_BYTES, CacheBudget, RowCache, footprint
from streams.engine.group import encoded
from streams.engine.rows import Rows
from streams.engine.store import MemoryStore

TABLE = Table("totals", int)
ROW_BYTES = SLOT_BYTES + footprint("10") + footprint(10)  # of a row under a key of two characters
KEYS = ["", "a", "ab", "b", "z/1", "\U0010ffff"]


class Layers:
    """A table over a store, with transactions that are not committed yet."""

    def __init__(self, rows=100):
        self.store, self.pending = MemoryStore(), deque()
        self.cache = RowCache(TABLE, self.store, self.pending)
        self.budget = CacheBudget(rows * ROW_BYTES)
        self.budget.add([self.cache])
        self.rows = Rows(TABLE, self.cache)

    def hand_over(self):
        """The chunk is done: as `Group.add` does."""
        self.rows.release()
        changes = dict(self.rows.changes())
        self.pending.append({TABLE: changes})
        self.cache.update(changes)
        self.budget.keep()
        self.rows = Rows(TABLE, self.cache)

    def commit(self):
        """The oldest transaction reaches the store."""
        if self.pending:
            self.store.write(encoded(self.pending[0]), offset=1)
            self.pending.popleft()

    def put(self, **rows):
        self.store.write(encoded({TABLE: rows}), offset=1)


@pytest.fixture
def layers():
    return Layers()


OPS = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.sampled_from(KEYS), st.integers()),
        st.tuples(st.sampled_from(["delete", "discard", "pop", "get"]), st.sampled_from(KEYS), st.none()),
        st.tuples(st.just("setdefault"), st.sampled_from(KEYS), st.integers()),
        st.tuples(st.sampled_from(["release", "rollback", "hand over", "commit"]), st.none(), st.none()),
    ),
    max_size=40,
)


def play(layers, model, released, op, key, value):
    """The same on both; returns the model, and the model to go back to."""
    rows = layers.rows
    if op == "set":
        rows[key] = model[key] = value
    elif op == "delete" and key in model:
        del rows[key], model[key]
    elif op == "discard":
        rows.discard(key)
        model.pop(key, None)
    elif op == "pop":
        assert rows.pop(key, None) == model.pop(key, None)
    elif op == "setdefault":
        assert rows.setdefault(key, value) == model.setdefault(key, value)
    elif op == "rollback":
        rows.rollback()
        return dict(released), released
    elif op == "commit":
        layers.commit()
    elif op in ("release", "hand over"):
        rows.release() if op == "release" else layers.hand_over()
        return model, dict(model)
    return model, released


@given(OPS, st.sampled_from([1, 3, 100]))
@settings(deadline=None)
def test_rows_are_what_a_dict_would_be(ops, cached):
    layers, model, released = Layers(cached), {}, {}
    for op, key, value in ops:
        model, released = play(layers, model, released, op, key, value)
        for key in KEYS:  # noqa: PLW2901 -- another key
            assert (layers.rows.get(key), key in layers.rows) == (model.get(key), key in model)
        assert list(layers.rows.range("", "\U0010ffff\U0010ffff")) == sorted(model.items())
        assert list(layers.rows.range("a", "b")) == sorted((k, v) for k, v in model.items() if "a" <= k < "b")


def test_a_missing_row_is_a_key_error_unless_the_table_has_a_default(layers):
    with pytest.raises(KeyError):
        layers.rows["a"]
    with pytest.raises(KeyError):
        del layers.rows["a"]
    with pytest.raises(KeyError):
        layers.rows.pop("a")
    cache = RowCache(Table("sums", int, default=lambda: 7), MemoryStore(), deque())
    rows = Rows(cache.table, cache)
    assert (rows["a"], rows.get("a"), "a" in rows) == (7, None, False)


def test_a_deleted_row_has_its_default_again():
    cache = RowCache(Table("sums", int, default=lambda: 7), MemoryStore(), deque())
    rows = Rows(cache.table, cache)
    rows["a"] = 1
    del rows["a"]
    assert rows["a"] == 7


def test_a_savepoint_keeps_what_earlier_records_wrote(layers):
    layers.rows["a"] = 1
    layers.rows.release()
    layers.rows["a"] = 2
    del layers.rows["a"]
    layers.rows["b"] = 3
    layers.rows.rollback()
    assert (layers.rows["a"], layers.rows.get("b")) == (1, None)
    assert layers.rows.changes() == {"a": 1}


def test_a_range_merges_the_store_uncommitted_rows_and_own_writes(layers):
    layers.put(a=1, b=2, c=3, d=4)
    layers.rows["b"] = 20
    del layers.rows["c"]
    layers.hand_over()
    layers.rows["d"] = 40
    layers.rows["e"] = 50
    layers.rows.release()
    del layers.rows["a"]
    assert list(layers.rows.range("", "z")) == [("b", 20), ("d", 40), ("e", 50)]


def test_a_deletion_is_a_change_that_reaches_the_store(layers):
    layers.put(a=1)
    del layers.rows["a"]
    layers.hand_over()
    layers.commit()
    assert layers.store.get(b"totals/a") is None


@pytest.mark.parametrize("walk", [len, Rows.copy, Rows.clear, Rows.keys, Rows.values, Rows.items, Rows.popitem])
def test_a_table_is_not_walked(layers, walk):
    with pytest.raises(TypeError, match="use range"):
        walk(layers.rows)


def test_aging_keeps_uncommitted_rows_and_reads_the_rest_from_the_store_again():
    layers = Layers(rows=2)
    layers.put(**{f"old{n}": n for n in range(10)})
    for n in range(10):
        assert layers.rows[f"old{n}"] == n
    for n in range(5):
        layers.rows[f"new{n}"] = n
    layers.hand_over()
    layers.cache.age()
    for _ in range(5):
        layers.cache.halve()  # in the end, what was not committed is all that is left
    assert len(layers.cache) == 5
    assert [layers.rows.get(f"new{n}") for n in range(5)] == list(range(5))
    assert [layers.rows.get(f"old{n}") for n in range(10)] == list(range(10))


def test_forgetting_drops_uncommitted_rows(layers):
    layers.put(a=1)
    layers.rows["a"] = 2
    layers.hand_over()
    layers.pending.clear()
    layers.cache.forget()
    assert Rows(TABLE, layers.cache)["a"] == 1
