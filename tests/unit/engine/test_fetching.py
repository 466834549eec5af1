"""Lumps of record batches, cut into chunks: every record once, in order, and each next offset where the next begins."""

import asyncio
import contextlib
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.engine import fetching
from streams.engine.fetching import Lump


@st.composite
def lumps(draw):
    """Batches with gaps between and inside them, as compaction leaves them; the first may begin before the start."""
    offset = draw(st.integers(0, 5))
    batches = []
    for gaps in draw(st.lists(st.lists(st.integers(1, 4), max_size=8), max_size=6)):
        batch = []
        for gap in gaps:
            batch.append(SimpleNamespace(offset=offset))
            offset += gap
        batches.append(batch)
    start = draw(st.integers(0, 8)) if batches else offset
    return Lump(batches, start, max(start, offset + draw(st.integers(0, 3))), 0)


@given(lumps(), st.integers(1, 10))
def test_every_record_from_the_start_on_comes_once_and_in_order(lump, limit):
    offsets = [record.offset for records, _ in lump.chunks(limit) for record in records]
    assert offsets == [record.offset for batch in lump.batches for record in batch if record.offset >= lump.start]


@given(lumps(), st.integers(1, 10))
def test_next_offsets_part_the_chunks_and_end_at_the_lumps_end(lump, limit):
    low, chunks = lump.start, list(lump.chunks(limit))
    for records, next_offset in chunks:
        assert all(low <= record.offset < next_offset for record in records)
        low = next_offset
    assert low == lump.next


@given(lumps(), st.integers(1, 10))
def test_no_chunk_is_larger_than_the_limit(lump, limit):
    assert all(len(records) <= limit for records, _ in lump.chunks(limit))


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4])
def test_chunks_are_as_full_as_can_be(count):
    lump = Lump([[SimpleNamespace(offset=n)] for n in range(count)], 0, count, 0)
    sizes = [len(records) for records, _ in lump.chunks(2)]
    assert sizes == {0: [0], 1: [1], 2: [2], 3: [2, 1], 4: [2, 2]}[count]


class Idle:
    """A consumer whose fetcher gets one record batch after a while."""

    def __init__(self):
        self._closed, self._fetcher, self._subscription = False, self, self
        self._records, self.reassignment_in_progress = {}, False
        self.fetch_context, self._coordinator = contextlib.nullcontext, None
        self._wait_consume_future, self.asked = None, 0

    def _notify(self, _future):
        self.asked += 1

    def _create_fetch_waiter(self):
        self.waiter = asyncio.get_running_loop().create_future()
        return self.waiter


async def test_a_lump_bears_the_number_of_the_last_seek_before_it_was_taken(monkeypatch):
    """The seek may come while the fetch waits: numbered too early, what follows it would be thrown away."""
    monkeypatch.setattr(fetching, "_drain", lambda fetcher, _wanted, epoch: {"tp": epoch} if fetcher._records else {})
    consumer, epochs = Idle(), [1]
    taking = asyncio.ensure_future(fetching.take(consumer, None, seconds=10, epoch=lambda: epochs[-1]))
    await asyncio.sleep(0)
    epochs.append(2)
    consumer._records["tp"] = "fetched after the seek"
    consumer.waiter.set_result(None)
    assert await taking == {"tp": 2}


@pytest.mark.parametrize(("ahead", "asked"), [(True, 1), (False, 0)])
async def test_more_is_fetched_at_once_unless_the_caller_rests_first(monkeypatch, ahead, asked):
    monkeypatch.setattr(fetching, "_drain", lambda *_: {"tp": "lump"})
    consumer = Idle()
    assert await fetching.take(consumer, None, seconds=10, ahead=ahead) == {"tp": "lump"}
    assert consumer.asked == asked


async def test_who_finds_nothing_has_it_fetched(monkeypatch):
    monkeypatch.setattr(fetching, "_drain", lambda *_: {})
    consumer = Idle()
    assert await fetching.take(consumer, None, seconds=0, ahead=False) == {}
    assert consumer.asked == 1


async def test_nothing_is_taken_while_nobody_would_read_it(monkeypatch):
    monkeypatch.setattr(fetching, "_drain", lambda *_: pytest.fail("it was taken"))
    assert await fetching.take(Idle(), None, seconds=10, epoch=lambda: None) == {}


class Leaking:
    """A consumer whose stop ends as aiokafka's does when a fetch waits for a lost broker."""

    async def stop(self):
        await asyncio.sleep(0)
        raise asyncio.CancelledError


async def test_a_stop_that_lets_a_cancellation_out_does_not_cancel_its_caller():
    await fetching.stop(Leaking())


async def test_a_caller_that_is_cancelled_while_it_stops_stays_cancelled():
    stopping = asyncio.ensure_future(fetching.stop(Leaking()))
    await asyncio.sleep(0)
    stopping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopping
