"""The keyed count's records are what they say, and the checker finds every way in which an output can be wrong."""

import json
from collections import Counter
from types import SimpleNamespace

import pytest

from benchmarks.keyed_count.service import build
from benchmarks.keyed_count.workload import Checker, Workload, partition_of
from streams.engine.driver import Driver
from streams.engine.partitioner import hashes

FEW = Workload(events=10, keys=4)


def outputs(counts):
    return [SimpleNamespace(value=json.dumps({"product_id": f"A{p}", "count": n}).encode()) for p, n in counts]


def judged(counts):
    checker = Checker()
    checker.take(outputs(counts))
    return checker.problem(FEW)


RIGHT = [(p, n) for n in (1, 2) for p in range(4)] + [(0, 3), (1, 3)]


@pytest.mark.parametrize("size", [172, 1_000])
@pytest.mark.parametrize("number", [0, 7, 12_345_678])
def test_an_order_has_the_size_that_was_asked_for(size, number):
    value = Workload(events=20_000_000, keys=200_000, size=size).value(number)
    assert len(value) == size
    order = json.loads(value)
    assert order["event_type"] == "OrderPlaced"
    assert order["data"] == {"order_id": number, "items": [{"product_id": f"A{number % 200_000}", "quantity": 1}]}


def test_products_take_turns_and_stay_in_their_partition():
    records = list(FEW.records())
    assert [key for _, key, _ in records] == [b"A0", b"A1", b"A2", b"A3"] * 2 + [b"A0", b"A1"]
    assert {(key, partition) for partition, key, _ in records} == {(key, partition_of(key)) for _, key, _ in records}
    assert Counter(key.decode() for _, key, _ in records) == {f"A{place}": FEW.count_of(place) for place in range(4)}


def test_a_partition_is_the_one_that_kafka_would_choose():
    keys = [f"A{n}".encode() for n in range(1_000)]
    assert [partition_of(key) for key in keys] == (hashes(keys) % 4).tolist()


def test_right_counts_have_no_problem():
    assert judged(RIGHT) == ""


@pytest.mark.parametrize(
    "wrong",
    [
        RIGHT[:-1],
        [*RIGHT, (1, 3)],
        [*RIGHT, (1, 4)],
        [*RIGHT[:-1], (1, 4)],
        [*RIGHT[:-1], (0, 4)],
        [RIGHT[4], *RIGHT[:4], *RIGHT[5:]],
        [(9, 1), *RIGHT[1:]],
        [],
    ],
    ids=["missing", "repeated", "one too many", "a gap", "another product's", "out of order", "unknown", "nothing"],
)
def test_wrong_counts_are_found(wrong):
    assert judged(wrong)


def test_millraces_program_counts_every_order_once():
    workload, app = Workload(events=300, keys=7), build("count", "orders", "counts")
    checker = Checker()
    with Driver([app]) as driver:
        for partition, key, value in workload.records():
            driver.send(app.service.reads[0], value, key=key, partition=partition)
        driver.run()
        checker.take(driver.records("counts"))
    assert checker.problem(workload) == ""


def test_millraces_program_sets_aside_what_it_cannot_read_and_nothing_else():
    app = build("count", "orders", "counts")
    with Driver([app]) as driver:
        for value in (FEW.value(0), b"{broken", FEW.value(4)):
            driver.send(app.service.reads[0], value, key=b"A0", partition=0)
        driver.run()
        counts = [json.loads(record.value)["count"] for record in driver.records("counts")]
        assert (counts, len(driver.records("dead-letters"))) == ([1, 2], 1)
