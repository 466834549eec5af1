"""Decoded rows are bounded in bytes, together, whatever they are like and whichever table holds them."""

import sys
import tracemalloc
from collections import deque

import msgspec
import pytest

from streams.engine import Table
from streams.engine.cache import MEASURED_EVERY, SLOT_BYTES, CacheBudget, RowCache, footprint
from streams.engine.store import MemoryStore

ROW_BYTES = SLOT_BYTES + footprint("10") + footprint(10)  # of a row under a key of two characters


def cached(kind, *caches, total):
    """So many caches of a table of this type, and the budget that they share."""
    made = [RowCache(Table(name, kind), MemoryStore(), deque()) for name in caches]
    budget = CacheBudget(total)
    budget.add(made)
    return budget, *made


def test_a_cache_holds_no_more_than_two_generations():
    budget, cache = cached(int, "totals", total=2 * 10 * ROW_BYTES)
    for n in range(1000):
        assert cache[str(n)] is None
        budget.keep()
    assert 10 < len(cache) + len(cache._old) <= 22


def test_a_table_in_use_takes_what_others_leave():
    budget, busy, *_ = cached(int, *"abcdefgh", total=200 * ROW_BYTES)
    for n in range(10, 100):
        busy[str(n)] = n
        budget.keep()
    assert len(busy) == 90
    assert not busy._old


def test_tables_in_use_share_the_bytes():
    budget, *caches = cached(int, *"abcd", total=200 * ROW_BYTES)
    for n in range(10, 100):
        for cache in caches:
            cache[str(n)] = n
        budget.keep()
    held = [len(cache) + len(cache._old) for cache in caches]
    assert 100 < sum(held) <= 208
    assert max(held) - min(held) <= 1


def test_a_hot_row_stays_while_cold_ones_pass_by():
    budget, hot, cold = cached(int, "hot", "cold", total=40 * ROW_BYTES)
    hot["10"] = 1
    for n in range(1000):
        cold[str(n)] = n
        budget.keep()
        assert hot.get("10") == 1 or hot["10"] == 1
    assert len(cold) < 42


def test_caches_that_were_given_up_count_no_more():
    budget, kept, gone = cached(int, "kept", "gone", total=200 * ROW_BYTES)
    gone.update({str(n): n for n in range(10, 100)})
    budget.remove([gone])
    kept.update({str(n): n for n in range(10, 100)})
    budget.keep()
    assert len(kept) == 90


@pytest.mark.parametrize("length", [1, 100, 10_000])
def test_caches_are_bounded_in_bytes_whatever_their_rows_are_like(length):
    limit = 1 << 20
    budget, cache = cached(list[str], "texts", total=2 * limit)
    tracemalloc.start()
    for n in range(2 * limit // length if length > 100 else 20_000):
        cache[str(n)] = ["x" * length + str(n)]
        if n % 50 == 0:
            budget.keep()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert limit / 2 < held < 2 * limit + 50 * (length + 500)


def test_a_budget_notices_that_rows_grow():
    budget, cache = cached(str, "texts", total=2 << 20)
    for n in range(3_000):
        cache[str(n)] = "x" * n
        budget.keep()
    assert sum(map(len, cache.values())) < 1 << 20


def test_a_budget_notices_that_rows_grow_without_becoming_more():
    budget, cache = cached(str, "texts", total=2 << 20)
    for size in (10, 1_000, 100_000):
        cache.update({str(n): "x" * size for n in range(100)})
        for _ in range(MEASURED_EVERY):
            budget.keep()
    assert not cache


def test_a_footprint_counts_what_a_row_holds():
    class Row(msgspec.Struct, frozen=True):
        name: str
        parts: dict[str, list[str]]

    small, large = (Row("a", {"b": ["c" * size]}) for size in (1, 10_001))
    assert footprint(large) - footprint(small) == 10_000
    assert footprint(small) > sum(map(sys.getsizeof, ["a", "b", "c", [], {}]))
