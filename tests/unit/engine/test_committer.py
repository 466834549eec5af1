"""The committer against a writer in memory: what is committed, in whose name, and what a refused commit may not do."""

import asyncio

import pytest

from streams.engine import cadence
from streams.engine.committer import MAX_LOST_IN_A_ROW
from streams.engine.errors import CommitFailedError
from streams.engine.task import CAREFUL_RECORDS
from streams.engine.writer import Abortable, Code, Rejoin, UnknownOutcome
from tests.support.committers import MEMBER, SOURCE, World

REFUSED = Abortable("EndTxn", Code.INVALID_TXN_STATE)


@pytest.fixture
async def world():
    world = World()
    world.committer.start()
    world.committer.begin(1, MEMBER, {})
    yield world
    world.writer.gate.set()
    await world.committer.stop()


async def settle(turns=20):
    for _ in range(turns):
        await asyncio.sleep(0)


async def hold_up(world, *args, **kwargs):
    """Submit work, and return while the writer is busy with it."""
    world.writer.gate.clear()
    world.writer.busy.clear()
    await world.submit(*args, **kwargs)
    await world.writer.busy.wait()


async def test_work_is_committed_then_stored_then_told(world):
    await world.submit(5, {"a": 1})
    await world.committer.drain()
    assert world.writer.committed == [({SOURCE: 5}, MEMBER)]
    assert (world.task.store.get(b"totals/a"), world.task.store.offset) == (b"1", 100)
    assert (world.committer.committed, list(world.task.pending)) == ({SOURCE: 5}, [])


async def test_the_store_has_nothing_while_the_commit_is_in_flight_but_the_next_chunk_reads_it(world):
    await hold_up(world, 5, {"a": 1})
    assert world.task.store.get(b"totals/a") is None
    assert world.task.rows(world.shop.totals)["a"] == 1


async def test_chunks_that_become_ready_during_a_commit_share_the_next_transaction(world):
    await hold_up(world, 5, {"a": 1})
    await world.submit(6, {"a": 2})
    await world.submit(7, {"a": 3})
    world.writer.gate.set()
    await world.committer.drain()
    assert (world.offsets, world.task.store.get(b"totals/a")) == ([5, 7], b"3")


async def test_chunks_of_one_round_share_a_transaction(world, monkeypatch):
    monkeypatch.setattr(cadence, "LONGEST_ROUND_SECONDS", 10)
    for round_end in (7, 10):
        world.committer.cadence.expect(3, behind=False)
        for next_offset in range(round_end - 2, round_end + 1):
            await world.submit(next_offset)
            await asyncio.sleep(0.01)
        await world.committer.drain()
    assert world.offsets == [7, 10]


async def test_a_chunk_that_nobody_expects_waits_for_none(world, monkeypatch):
    monkeypatch.setattr(cadence, "LONGEST_ROUND_SECONDS", 10)
    world.committer.cadence.expect(0, behind=False)
    async with asyncio.timeout(5):
        await world.submit(5)
        await world.committer.drain()
    assert world.offsets == [5]


async def test_the_wait_for_the_chunks_of_a_round_has_an_end(world):
    world.committer.cadence.expect(2, behind=False)
    async with asyncio.timeout(5):
        await world.submit(5)
        await world.committer.drain()
    assert world.offsets == [5]


@pytest.mark.parametrize(("records", "fired"), [(9, 0), (1, 8)])
async def test_a_full_transaction_makes_the_agent_wait_until_it_is_on_its_way(records, fired):
    world = World(transaction_records=10)
    world.committer.start()
    world.committer.begin(1, MEMBER, {})
    await hold_up(world, 5)
    await world.submit(6, records=records, fired=fired)
    waiting = asyncio.ensure_future(world.submit(7, records=1))
    await settle()
    assert not waiting.done()
    world.writer.gate.set()
    await waiting
    await world.committer.drain()
    assert world.offsets == [5, 7]
    await world.committer.stop()


async def test_work_of_another_session_is_dropped(world):
    await world.submit(5, {"a": 1}, session=0)
    await world.committer.drain()
    assert (world.writer.committed, world.task.rows(world.shop.totals).get("a")) == ([], None)


async def test_work_is_dropped_between_two_sessions_even_when_it_was_fetched_between_them(world):
    world.committer.end()
    await world.submit(5, {"a": 1}, session=world.committer.session)
    await settle()
    assert world.writer.committed == []


@pytest.mark.parametrize(
    "refusal", [REFUSED, Rejoin("TxnOffsetCommit", Code.ILLEGAL_GENERATION), UnknownOutcome("EndTxn", 7)]
)
async def test_nothing_is_committed_after_a_lost_transaction_until_the_next_session(world, refusal):
    """Else the offsets of later chunks would step over the records that were lost."""
    world.writer.refusals = [refusal]
    await hold_up(world, 5, {"a": 1})
    world.writer.gate.set()
    await settle(3)
    for offset in (6, 7, 8):
        await world.submit(offset)  # flow has not stopped yet: the fetcher goes on and agents work
        await settle()
    assert world.writer.committed == []
    world.committer.begin(2, MEMBER, {})
    await world.submit(5, {"a": 1})
    await world.committer.drain()
    assert world.offsets == [5]


async def test_a_refused_transaction_is_aborted_forgotten_and_read_again(world):
    world.writer.refusals = [REFUSED]
    await world.submit(5, {"a": 1})
    await world.committer.drain()
    assert (world.writer.aborts, world.started_over, world.failures) == (1, 1, [])
    assert (world.task.rows(world.shop.totals).get("a"), list(world.task.pending)) == (None, [])


async def test_a_transaction_with_a_row_that_is_too_large_is_read_again_carefully(world):
    await world.submit(5, {"a": "x" * 1_100_000})
    await world.committer.drain()
    assert (world.writer.committed, world.writer.aborts, world.started_over, world.failures) == ([], 0, 1, [])
    assert world.task.rows(world.shop.totals).get("a") is None
    told = [
        world.task.is_careful(world.work(5 + later).chunk) for later in (0, 1, CAREFUL_RECORDS, CAREFUL_RECORDS + 1)
    ]
    assert told == [True, True, True, False]


async def test_many_such_rows_in_a_row_do_not_end_the_worker_but_one_that_cannot_be_set_aside_does(world):
    for session in range(2, MAX_LOST_IN_A_ROW + 10):
        await world.submit(session * 2 * CAREFUL_RECORDS, {"a": "x" * 1_100_000})
        await world.committer.drain()
        world.committer.begin(session, MEMBER, {})
    assert world.failures == []
    for session in range(50, 50 + MAX_LOST_IN_A_ROW + 1):
        await world.submit(5, {"a": "x" * 1_100_000})
        await world.committer.drain()
        world.committer.begin(session, MEMBER, {})
    assert isinstance(world.failures[0], CommitFailedError)


async def test_after_a_rejoin_the_group_itself_calls_back(world):
    world.writer.refusals = [Rejoin("TxnOffsetCommit", Code.UNKNOWN_MEMBER_ID)]
    await world.submit(5)
    await world.committer.drain()
    assert (world.writer.aborts, world.started_over) == (1, 0)


async def test_an_unknown_outcome_is_resolved_before_reading_on(world):
    world.writer.refusals = [UnknownOutcome("EndTxn", 7)]
    await world.submit(5)
    await world.committer.drain()
    assert (world.writer.resolves, world.writer.aborts, world.started_over) == (1, 0, 1)


async def test_transactions_that_come_to_nothing_again_and_again_end_the_process(world):
    world.writer.refusals = [REFUSED] * (MAX_LOST_IN_A_ROW + 1)
    for session in range(2, MAX_LOST_IN_A_ROW + 3):
        await world.submit(5)
        await world.committer.drain()
        world.committer.begin(session, MEMBER, {})
    assert isinstance(world.failures[0], CommitFailedError)


async def test_one_commit_between_them_forgives_the_lost_ones(world):
    for session in range(2, 2 * MAX_LOST_IN_A_ROW):
        world.writer.refusals = [REFUSED]
        await world.submit(5)
        await world.committer.drain()
        world.committer.begin(session, MEMBER, {})
        await world.submit(5)
        await world.committer.drain()
    assert world.failures == []


async def test_any_other_error_ends_the_process_and_frees_whoever_waits(world):
    world.writer.refusals = [RuntimeError("the disk is full")]
    await world.submit(5)
    await asyncio.wait_for(world.committer.drain(), 5)
    assert [str(error) for error in world.failures] == ["the disk is full"]
    await asyncio.wait_for(world.submit(6), 5)
    assert world.writer.committed == []


async def test_a_drain_waits_for_the_transaction_in_flight_and_for_the_one_that_fills(world):
    await hold_up(world, 5)
    await world.submit(6)
    draining = asyncio.ensure_future(world.committer.drain())
    await settle()
    assert not draining.done()
    world.writer.gate.set()
    await draining
    assert world.offsets == [5, 6]
