"""A feed is published whole, in order, at the pace that was asked for."""

import time
from datetime import UTC, datetime

from agents.cli import feeding
from streams.feed import FeedOptions, Summary, feed

START = datetime(2026, 1, 1, tzinfo=UTC)


class Desk:
    """Takes records as the publisher does."""

    def __init__(self):
        self.records, self.settled = [], 0

    async def send(self, topic, key, value):
        self.records.append((topic, key, value))

    async def settle(self):
        self.settled = len(self.records)


async def test_every_record_is_published_in_the_feeds_order():
    options, desk, summary, told = FeedOptions(start=START, orders=100), Desk(), Summary(), []
    await feeding.publish(desk, options, summary, told.append, speed=None)
    assert desk.records == [record[:3] for record in feed(options)]
    assert desk.settled == summary.records == len(desk.records)
    assert told[-1] == summary.by_type["OrderPlaced"]


async def test_a_paced_feed_takes_the_feeds_time_at_its_speed():
    options, summary = FeedOptions(start=START, orders=20, late_customers=0, cancellations=0, labels=0), Summary()
    last = max(record.at for record in feed(options))
    began = time.monotonic()
    await feeding.publish(Desk(), options, summary, lambda _placed: None, speed=last * 4)
    assert 0.25 <= time.monotonic() - began < 10


def test_runs_that_begin_at_other_seconds_have_other_names():
    names = {feeding.run_name(START.replace(second=second)) for second in range(60)}
    assert len(names) == 60
    assert all(name.endswith("-") and name[:-1].isalnum() for name in names)
