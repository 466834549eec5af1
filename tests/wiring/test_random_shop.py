"""A synthetic day with all its disorder, services that take turns by chance, and the judge at the end."""

from datetime import UTC, datetime
from itertools import islice
from random import Random

import pytest

from agents.services import readers
from agents.verify import verify_records
from streams import topics
from streams.engine.faults import POINTS, InjectedFault
from streams.feed.feed import feed
from streams.feed.options import FeedOptions

IN_A_CHUNK = POINTS[: POINTS.index("during-recovery")]
ORDERS = 300
WAVE = 40  # records published between two turns
HOUR = 3_600
WORKING_CRASHES = 10  # at least so many, or the test would say nothing


def publish(shop, seed):
    start = datetime.fromtimestamp(shop.clock.now_ms / 1000, UTC)
    records = feed(FeedOptions(start=start, seed=seed, orders=ORDERS, orders_per_second=1, labels=0.2, abandoned=0.02))
    while wave := list(islice(records, WAVE)):
        for record in wave:
            shop.throw(topics.by_name(record.topic), record.value, key=record.key)
        yield
    shop.run()
    shop.wait(HOUR)


def turns(shop, random, crashes):
    """Some services work, in any order; each may crash at any point of its first chunk. How many did."""
    crashed = 0
    for service in random.sample(shop.services, random.randrange(1, len(shop.services) + 1)):
        if random.random() < crashes:
            shop.driver.fail_at(service, random.choice(IN_A_CHUNK))
        try:
            shop.run(service)
        except InjectedFault:
            shop.driver.restart(service)
            crashed += 1
        shop.driver.fail_at(service, None)
    return crashed


@pytest.mark.parametrize("crashes", [0.0, 0.4])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_random_day_keeps_every_promise(shop, seed, crashes):
    random = Random(seed)
    crashed = sum(turns(shop, random, crashes) for _ in publish(shop, seed))
    assert (crashed > WORKING_CRASHES) == bool(crashes)
    report = verify_records(shop.records(), readers=readers())
    assert report.violations == []
    assert shop.counted(topics.order_status)["OrderCompleted"] > ORDERS / 3
