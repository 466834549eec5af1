import math
import random
import statistics
from collections import Counter
from fractions import Fraction
from functools import reduce
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.windows import (
    Aggregation,
    Count,
    Distinct,
    Max,
    Mean,
    Min,
    Quantiles,
    Sum,
    Together,
    TopK,
)
from streams.windows.hyperloglog import ApproximateDistinct

INTS = st.integers(-(10**20), 10**20)
FLOATS = st.floats(-1e300, 1e300)
NUMBERS = st.one_of(INTS, FLOATS)
WORDS = st.text(max_size=3)
WEIGHTS = st.tuples(st.sampled_from("abcd"), NUMBERS)

EVERY: list[tuple[Aggregation[Any, Any, Any], st.SearchStrategy[Any]]] = [
    (Count(), WORDS),
    (Sum(), NUMBERS),
    (Mean(), NUMBERS),
    (Min(), FLOATS),
    (Max(), FLOATS),
    (Distinct(), WORDS),
    (ApproximateDistinct(), WORDS),
    (TopK(2), WEIGHTS),
    (Quantiles(0.1, 0.5, 1), FLOATS),
    (Together(units=Sum(), who=Distinct()), st.fixed_dictionaries({"units": INTS, "who": WORDS})),
]
NAMES = [type(aggregation).__name__ for aggregation, _ in EVERY]


def held(aggregation: Aggregation[Any, Any, Any], values: list[Any]) -> Any:
    return reduce(aggregation.add, values, aggregation.initialize())


def of(aggregation: Aggregation[Any, Any, Any], values: list[Any]) -> Any:
    return aggregation.result(held(aggregation, values))


@pytest.mark.parametrize(("aggregation", "values"), EVERY, ids=NAMES)
@settings(max_examples=60, deadline=None)
@given(data=st.data(), seed=st.integers(0, 99))
def test_neither_order_nor_grouping_nor_storing_shows_in_a_result(aggregation, values, data, seed):
    all_values = data.draw(st.lists(values, min_size=1, max_size=12))
    shuffled = random.Random(seed).sample(all_values, len(all_values))
    cut = data.draw(st.integers(0, len(all_values)))
    stored = [
        msgspec.json.decode(msgspec.json.encode(held(aggregation, part)), type=aggregation.accumulator)
        for part in (shuffled[:cut], shuffled[cut:])
    ]
    expected = msgspec.json.encode(of(aggregation, all_values))
    assert msgspec.json.encode(aggregation.result(aggregation.merge(*stored))) == expected
    assert msgspec.json.encode(aggregation.result(aggregation.merge(*reversed(stored)))) == expected


@given(st.lists(FLOATS, min_size=1, max_size=30))
def test_a_sum_is_the_float_nearest_to_the_true_one(values):
    assert of(Sum(), values) == float(sum(Fraction(value) for value in values))


@given(st.lists(NUMBERS, min_size=1, max_size=30))
def test_a_sum_of_ints_and_floats_is_exact_too(values):
    exact = sum(Fraction(value) for value in values)
    assert of(Sum(), values) == (int(exact) if all(isinstance(value, int) for value in values) else float(exact))


@given(st.lists(st.integers(-1000, 1000), min_size=1))
def test_simple_aggregations_say_what_python_says(values):
    assert of(Count(), values) == len(values)
    assert of(Min(), values) == min(values)
    assert of(Max(), values) == max(values)
    assert of(Mean(), values) == statistics.mean(values)
    assert of(Distinct(), [str(value) for value in values]) == len(set(values))


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 5))), st.integers(0, 7))
def test_the_top_k_are_those_of_the_greatest_weight_then_of_the_first_name(sales, k):
    totals: Counter[str] = Counter()
    for item, weight in sales:
        totals[item] += weight
    assert of(TopK(k), sales) == sorted(totals.items(), key=lambda total: (-total[1], total[0]))[:k]


@given(st.lists(st.floats(-1e308, 1e308), min_size=1), st.floats(0, 1))
def test_a_quantile_is_within_a_part_in_256_of_the_value_of_its_rank(values, probability):
    expected = sorted(values)[int(probability * (len(values) - 1))]
    (said,) = of(Quantiles(probability), values).values()
    assert math.isclose(said, expected, rel_tol=1 / 256, abs_tol=1e-320)


def test_many_distinct_values_are_counted_within_three_standard_errors_whatever_their_order():
    names = [f"customer-{n}" for n in range(20_000)]
    shuffled = random.Random(7).sample(names, len(names))
    said = {of(ApproximateDistinct(), each) for each in (names, shuffled, names[:100] + names)}
    assert len(said) == 1
    assert abs(said.pop() - len(names)) < 3 * 0.0163 * len(names)


@pytest.mark.parametrize("aggregation", [Sum(), Mean(), Quantiles(0.5)], ids=repr)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_a_number_is_refused(aggregation, value):
    with pytest.raises(ValueError, match=r"cannot be summed|has no quantile"):
        of(aggregation, [1.0, value])


def test_a_sum_beyond_floats_is_refused():
    with pytest.raises(OverflowError):
        of(Sum(), [1e308, 1e308])


class Longest(Aggregation[str, str, str]):
    def initialize(self) -> str:
        return ""

    def add(self, accumulator: str, value: str) -> str:
        return self.merge(accumulator, value)

    def merge(self, left: str, right: str) -> str:
        return max(left, right, key=lambda word: (len(word), word))

    def result(self, accumulator: str) -> str:
        return accumulator


def test_an_aggregation_of_ones_own_takes_ten_lines():
    assert of(Longest(), ["an", "umbrella", "in"]) == "umbrella"
