"""When transactions begin, and how large chunks are."""

import asyncio
import time

import pytest

from streams.engine import cadence as cadence_module
from streams.engine.cadence import CHUNK_SECONDS, FEWEST_RECORDS, FIRST_RECORDS, LARGE_RECORDS, Cadence, ChunkSize
from streams.engine.config import Limits

LONG = Limits(linger_commits=0, shortest_linger_seconds=60, longest_linger_seconds=60)
SHORT = Limits(linger_commits=0, shortest_linger_seconds=0.05, longest_linger_seconds=0.05)


async def goes_at_once(cadence):
    async with asyncio.timeout(5):
        await cadence.until_due()


async def seconds(waiting):
    began = time.monotonic()
    await waiting
    return time.monotonic() - began


async def test_a_full_transaction_waits_no_longer():
    cadence = Cadence(LONG)
    cadence.began()
    waiting = asyncio.ensure_future(cadence.until_due())
    cadence.chunk_came(100, full=False)
    await asyncio.sleep(0.02)
    assert not waiting.done()
    cadence.chunk_came(100, full=True)
    async with asyncio.timeout(5):
        await waiting


async def test_a_full_transaction_waits_for_no_other_chunks(monkeypatch):
    """Their agents wait for room."""
    monkeypatch.setattr(cadence_module, "LONGEST_ROUND_SECONDS", 60)
    cadence = Cadence(Limits(linger_commits=0, shortest_linger_seconds=0))
    cadence.chunk_came(100, full=True)
    cadence.expect(3, behind=True)
    await goes_at_once(cadence)


async def test_fullness_is_of_one_transaction():
    cadence = Cadence(SHORT)
    cadence.chunk_came(100, full=True)
    cadence.first_chunk_came()
    cadence.began()
    assert await seconds(cadence.until_due()) > 0.04


async def test_a_large_transaction_goes_at_once_where_nothing_more_waits_to_be_read():
    cadence = Cadence(LONG)
    cadence.expect(2, behind=False)
    cadence.began()
    cadence.chunk_came(LARGE_RECORDS, full=False)
    await goes_at_once(cadence)


async def test_under_a_backlog_a_large_transaction_waits_its_time_as_well():
    """Else each chunk of a backlog would be a transaction of its own."""
    cadence = Cadence(SHORT)
    cadence.expect(100, behind=True)
    for chunks in range(1, 101):
        cadence.chunk_came(100 * chunks, full=False)
    cadence.began()
    assert await seconds(cadence.until_due()) > 0.04


async def test_commits_that_take_long_make_transactions_rare():
    cadence = Cadence(Limits(linger_commits=4, shortest_linger_seconds=0, longest_linger_seconds=10))
    for _ in range(100):
        cadence.committed(0.02)
    cadence.began()
    assert 0.05 < await seconds(cadence.rest(lead_seconds=0.02)) < 1


@pytest.mark.parametrize(
    ("microseconds", "records"), [(0.1, 3_000), (2, int(CHUNK_SECONDS / 2e-6)), (10_000, FEWEST_RECORDS)]
)
def test_a_chunk_holds_what_is_worked_off_in_its_time(microseconds, records):
    size = ChunkSize(3_000)
    assert size.records == FIRST_RECORDS
    for _ in range(200):
        size.took(1_000, 1_000 * microseconds / 1e6)
    assert size.records == pytest.approx(records, rel=0.01)


def test_a_chunk_never_holds_more_than_is_allowed():
    assert ChunkSize(2).records == 2


def test_a_small_chunk_says_nothing_about_the_next():
    size = ChunkSize(3_000)
    size.took(1, 1.0)
    size.took(0, 1.0)
    assert size.records == FIRST_RECORDS
