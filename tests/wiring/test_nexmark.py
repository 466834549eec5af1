"""The public Nexmark queries on the engine agree with plain Python over the whole history."""

from random import Random

import pytest

from benchmarks.nexmark.checking import WrongAnswerError, check, compare
from benchmarks.nexmark.generator import generate
from benchmarks.nexmark.queries import QUERIES

EVENTS = 15_000


@pytest.mark.parametrize("number", sorted(QUERIES))
def test_a_query_agrees_with_brute_force(number):
    assert check(QUERIES[number], list(generate(EVENTS, Random(number)))) >= 2


def test_a_wrong_answer_is_found_out():
    with pytest.raises(WrongAnswerError, match="query 7: 0 answers"):
        compare(7, [], list(generate(100, Random(1))))
