"""The feed speaks the language: what it means to be read is read as it stands, and its junk never is."""

from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from streams.feed import FeedOptions, Summary, feed
from streams.topics import by_name

START = datetime(2024, 5, 1, tzinfo=UTC)


class Read(NamedTuple):
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


@pytest.fixture(scope="module")
def summary():
    return Summary()


@pytest.fixture(scope="module")
def heard(summary):
    options = FeedOptions(
        start=START, orders=1_000, labels=0.2, counts=0.1, malformed=0.3, unknown_products=0.1, invalid_quantities=0.1
    )
    return [
        (record, by_name(record.topic).read(0, [Read(n, 0, record.key, record.value)])[0])
        for n, record in enumerate(feed(options, summary))
    ]


def test_every_good_record_is_an_event_under_the_key_of_its_topic(heard):
    for record, event in heard:
        if not record.key.startswith(b"J-"):
            keys = {fact.__name__: key for fact, key in by_name(record.topic).events.items()}
            assert keys[event.event_type](event.data).encode() == record.key


def test_every_junk_record_is_refused_with_a_reason(heard):
    refused = [event for record, event in heard if record.key.startswith(b"J-")]
    assert len(refused) > 300
    assert all(isinstance(event, Exception) and str(event) for event in refused)


def test_the_summary_counts_events_as_the_language_reads_them(heard, summary):
    read = [event.event_type for _, event in heard if not isinstance(event, Exception)]
    assert {name: read.count(name) for name in set(read)} == summary.by_type
