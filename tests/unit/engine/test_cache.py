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


def held(cache):
    return len(cache) + len(cache._old)


def test_while_everything_fits_there_is_one_generation():
    budget, cache = cached(int, "totals", total=100 * ROW_BYTES)
    cache.update({str(n): n for n in range(10, 100)})
    for _ in range(MEASURED_EVERY + 1):
        budget.keep()
    assert (len(cache), len(cache._old)) == (90, 0)


def test_a_cache_keeps_the_latest_rows_and_no_more_than_fit():
    budget, cache = cached(int, "totals", total=20 * ROW_BYTES)
    for n in range(100, 1000):
        assert cache[str(n)] is None
        budget.keep()
        assert held(cache) <= 22  # a row that is not there takes less
        kept = set(cache).union(cache._old)
        assert {str(late) for late in range(max(100, n - 8), n + 1)} <= kept


def test_a_working_set_that_fits_is_read_from_the_store_once_more_at_most(monkeypatch):
    reads = []
    monkeypatch.setattr(RowCache, "_read", lambda _self, key: reads.append(key))
    budget, cache = cached(int, "totals", total=20 * ROW_BYTES)
    for key in [str(n) for n in range(100, 200)] + [str(10 + n * 7 % 15) for n in range(1000)]:
        assert cache[key] is None
        budget.keep()
    assert len(reads) == 100 + 15


def test_a_table_in_use_takes_what_others_leave():
    budget, busy, *_ = cached(int, *"abcdefgh", total=100 * ROW_BYTES)
    for n in range(10, 100):
        busy[str(n)] = n
        budget.keep()
    assert len(busy) == 90


def test_tables_in_use_share_the_bytes():
    budget, *caches = cached(int, *"abcd", total=200 * ROW_BYTES)
    for n in range(10, 100):
        for cache in caches:
            cache[str(n)] = n
        budget.keep()
    assert 100 < sum(map(held, caches)) <= 200
    assert max(map(held, caches)) - min(map(held, caches)) <= 1


def test_a_row_in_use_is_seldom_read_again_while_others_pass_by(monkeypatch):
    reads = []
    monkeypatch.setattr(RowCache, "_read", lambda _self, key: reads.append(key))
    budget, hot, cold = cached(int, "hot", "cold", total=40 * ROW_BYTES)
    for n in range(1000):
        assert hot["10"] is None
        cold[str(n)] = n
        budget.keep()
    assert reads.count("10") <= 2  # and not once in each of fifty generations
    assert held(cold) <= 40


def test_a_newer_copy_of_a_row_never_goes_before_an_older_one():
    budget, cache = cached(int, "totals", total=20 * ROW_BYTES)
    for n in range(1000):
        cache["10"] = n
        for other in range(n % 17):
            cache[str(100 + n + other)] = other
        budget.keep()
        if "10" in cache or "10" in cache._old:
            assert cache["10"] == n


def test_old_rows_count_as_what_they_were_however_small_the_young_ones_are():
    budget, cache = cached(str, "texts", total=40_000)
    cache.update({str(n): "x" * 1_000 for n in range(45)})
    budget.keep()
    old = cache.bytes
    assert (len(cache), len(cache._old)) == (0, 22)
    cache.measure()
    assert cache.bytes == old > 22_000
    cache["nothing"] = None
    cache.measure()
    assert old < cache.bytes < old + 500


def test_much_that_is_not_committed_lifts_the_bound_only_for_so_long():
    pending = deque()
    cache, budget = RowCache(Table("totals", int), MemoryStore(), pending), CacheBudget(20 * ROW_BYTES)
    budget.add([cache])
    written = {str(n): n for n in range(100, 150)}
    pending.append({cache.table: written})
    cache.update(written)
    budget.keep()
    assert written.items() <= cache.items()
    pending.clear()
    for n in range(1000):
        cache[str(n)] = n
        budget.keep()
    assert held(cache) <= 21


def test_caches_that_were_given_up_count_no_more():
    budget, kept, gone = cached(int, "kept", "gone", total=100 * ROW_BYTES)
    gone.update({str(n): n for n in range(10, 100)})
    budget.remove([gone])
    kept.update({str(n): n for n in range(10, 100)})
    budget.keep()
    assert len(kept) == 90


@pytest.mark.parametrize("length", [1, 100, 10_000])
def test_caches_are_bounded_in_bytes_whatever_their_rows_are_like(length):
    limit = 2 << 20
    budget, cache = cached(list[str], "texts", total=limit)
    tracemalloc.start()
    for n in range(limit // length if length > 100 else 20_000):
        cache[str(n)] = ["x" * length + str(n)]
        if n % 50 == 0:
            budget.keep()
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert limit / 4 < taken < limit + 50 * (length + 500)


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
    assert len(cache) == 0
    assert held(cache) < 21


def test_a_footprint_counts_what_a_row_holds():
    class Row(msgspec.Struct, frozen=True):
        name: str
        parts: dict[str, list[str]]

    small, large = (Row("a", {"b": ["c" * size]}) for size in (1, 10_001))
    assert footprint(large) - footprint(small) == 10_000
    assert footprint(small) > sum(map(sys.getsizeof, ["a", "b", "c", [], {}]))
