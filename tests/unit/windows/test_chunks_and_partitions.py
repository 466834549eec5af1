"""The same events give the same final results, byte for byte, however they are cut into chunks and partitions."""

import random
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.windows import (
    END,
    Bounds,
    Count,
    Hopping,
    Late,
    Mean,
    MemoryRows,
    Quantiles,
    Result,
    Session,
    Sliding,
    Sum,
    Together,
    TopK,
    Tumbling,
    Watermarks,
    Windowed,
)
from streams.windows.hyperloglog import ApproximateDistinct

KINDS = [Tumbling(20), Tumbling(1), Hopping(30, 10), Hopping(25, 10, 3), Sliding(15), Session(8)]
DISORDER_MS = 20
Sale = tuple[int, str, float]

SALES = st.lists(
    st.tuples(st.integers(0, 12), st.sampled_from("abcdefgh"), st.floats(-1e12, 1e12)), min_size=1, max_size=60
)


def aggregation() -> Together:
    return Together(total=Sum(), mean=Mean(), spread=Quantiles(0.5, 0.9), buyers=ApproximateDistinct(), best=TopK(2))


def sold(sale: Sale) -> dict[str, Any]:
    amount = sale[2]
    return {"total": amount, "mean": amount, "spread": amount, "buyers": f"{amount:.3}", "best": (sale[1], amount)}


def in_time(steps: list[Sale], disorder: int, seed: int) -> list[Sale]:
    """Sales in an order in which each comes at most `disorder` after its turn."""
    shaken, time, now = random.Random(seed), [], 0
    for step, key, amount in steps:
        now += step
        time.append((now + shaken.randint(0, disorder), (now, key, amount)))
    return [sale for _, sale in sorted(time, key=lambda one: one[0])]


def run(windowed: Windowed, sales: list[Sale], cuts: Iterable[int]) -> list[Result | Late]:
    rows: MemoryRows[Any] = MemoryRows()
    marks = Watermarks(["sales"], Bounds(disorder_ms=DISORDER_MS, idle_ms=1), now_ms=0)
    said: list[Result | Late] = []
    edges = [0, *sorted(cuts), len(sales)]
    for low, high in pairwise(edges):
        chunk = sales[low:high]
        watermarks = marks.pace("sales", [time for time, _, _ in chunk], now_ms=0)
        for sale, watermark in zip(chunk, watermarks, strict=True):
            said += windowed.process(sale[0], sale[1], sold(sale), rows, watermark)
        said += windowed.advance(marks.current, rows)
    return [*said, *windowed.advance(END, rows)]


@pytest.mark.parametrize("kind", KINDS, ids=str)
@settings(max_examples=40, deadline=None)
@given(SALES, st.integers(0, 99), st.data())
def test_chunks_do_not_show_even_when_events_are_late(kind, steps, seed, data):
    sales = in_time(steps, 3 * DISORDER_MS, seed)
    windowed = Windowed(kind, aggregation(), grace_ms=5)
    cuts = data.draw(st.lists(st.integers(0, len(sales)), max_size=8))
    one_by_one = run(windowed, sales, range(len(sales)))
    cut = run(windowed, sales, cuts)
    for select in (Result, Late):
        said = [[one for one in each if isinstance(one, select)] for each in (one_by_one, cut)]
        assert msgspec.json.encode(said[0]) == msgspec.json.encode(said[1])


@pytest.mark.parametrize("kind", KINDS, ids=str)
@settings(max_examples=40, deadline=None)
@given(SALES, st.integers(0, 99), st.integers(0, 99))
def test_partitions_and_order_do_not_show_while_no_event_is_late(kind, steps, seed, other_seed):
    windowed = Windowed(kind, aggregation())
    whole = run(windowed, in_time(steps, DISORDER_MS, seed), [])
    shaken = in_time(steps, DISORDER_MS, other_seed)
    split = [run(windowed, [sale for sale in shaken if sale[1] == key], [3, 7]) for key in "abcdefgh"]
    merged = sorted((one for part in split for one in part), key=lambda result: (result.window.end, result.key))
    assert not [one for one in whole + merged if isinstance(one, Late)]
    assert msgspec.json.encode(whole) == msgspec.json.encode(merged)


@pytest.mark.parametrize("kind", [Tumbling(20), Session(8)], ids=str)
@settings(max_examples=40, deadline=None)
@given(SALES, st.integers(0, 99))
def test_events_on_time_and_late_ones_add_up_to_the_input(kind, steps, seed):
    sales = in_time(steps, 4 * DISORDER_MS, seed)
    rows: MemoryRows[Any] = MemoryRows()
    marks = Watermarks(["sales"], Bounds(disorder_ms=DISORDER_MS, idle_ms=1), now_ms=0)
    windowed = Windowed(kind, Count())
    said = []
    for time, key, _ in sales:
        said += windowed.process(time, key, None, rows, marks.current)
        marks.observe("sales", time, now_ms=0)
    said += windowed.advance(END, rows)
    assert sum(1 if isinstance(one, Late) else one.value for one in said) == len(sales)
