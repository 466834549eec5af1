"""A model that the world has left behind shows in the metrics."""

import pytest

from streams.rules.fraud.quality import Day
from tables.fraud import days
from tables.views.drift import added


async def told(worker):
    lines = (await worker.client.get("/metrics")).text.splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if line.startswith("millrace_fraud_"))


async def test_the_verdicts_of_the_last_days_are_counted_over_the_workers_partitions(workers):
    (worker,) = workers("fraud", [0, 1, 2, 3])
    worker.app.write(days, 0, {"19840": Day(90, 1, 9, 1_000), "19850": Day(6, 1, 2, 100)})
    worker.app.write(days, 3, {"19844": Day(3, 1, 1, 50), "19843": Day(9, 9, 9, 900)})
    assert await told(worker) == {
        'millrace_fraud_labelled{outcome="caught"}': "9.0",
        'millrace_fraud_labelled{outcome="disturbed"}': "2.0",
        'millrace_fraud_labelled{outcome="missed"}': "3.0",
        'millrace_fraud_labelled{outcome="labelled"}': "150.0",
        "millrace_fraud_precision": str(9 / 11),
        "millrace_fraud_recall": "0.75",
    }


async def test_without_labels_nothing_is_claimed(workers):
    (worker,) = workers("fraud", [0])
    found = await told(worker)
    assert set(found.values()) == {"0.0"}
    assert not {"millrace_fraud_precision", "millrace_fraud_recall"} & found.keys()


async def test_a_worker_that_does_not_serve_says_nothing_of_it(workers):
    (worker,) = workers("fraud", [0])
    worker.app.committer.session = -1
    assert await told(worker) == {}


@pytest.mark.parametrize(("last", "caught"), [(1, 1), (2, 3), (3, 3), (4, 7)])
def test_the_last_days_end_with_the_newest(last, caught):
    rows = [("20", Day(caught=1)), ("19", Day(caught=2)), ("17", Day(caught=4))]
    assert added(rows, last).caught == caught
