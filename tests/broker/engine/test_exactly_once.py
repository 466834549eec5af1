"""Whatever happens to workers, each number is counted once: ends in order, kills, joins, leaves, zombies."""

import asyncio
import signal

import pytest

from tests.broker.engine.world import READY

pytestmark = pytest.mark.broker

SESSION_S = 3.0  # the embedded broker allows it, so that a lost worker is missed soon


async def test_numbers_are_counted_and_sigterm_commits_what_is_in_hand(world):
    worker = await world.start()
    await world.send(20_000)
    await world.until_committed(2_000)
    assert await worker.end(signal.SIGTERM) == 0
    await world.start()
    await world.settled()


async def test_kills_lose_and_repeat_nothing(world):
    worker = await world.start()
    for n in range(1, 3):
        await world.send(6_000)
        await world.until_committed(6_000 * n - 5_000)
        assert await worker.end(signal.SIGKILL) == -9
        worker = await world.start()
    await world.settled()


@pytest.mark.parametrize("point", ["before-begin", "after-produce", "after-end"])
async def test_a_kill_inside_a_transaction_loses_and_repeats_nothing(world, point):
    worker = await world.start(fault=f"{point}:3")
    await world.send(3_000)
    assert await worker.end() == -9
    await world.start()
    await world.settled()


async def test_a_kill_during_recovery_is_recovered_from(world):
    worker = await world.start(session_s=SESSION_S)
    await world.send(5_000, keys=2_000)
    await world.settled()
    await worker.end(signal.SIGKILL)
    worker = world.launch(state=str(world.folder / "another"), fault="during-recovery:1")
    assert await worker.end() == -9
    await world.send(1_000)
    await world.start(state=str(world.folder / "another"))
    await world.settled()


async def test_workers_that_come_and_go_under_load_share_the_partitions(world):
    first = await world.start()
    load = asyncio.ensure_future(world.send_for(8, rate=1000))
    second = await world.start()
    assert await first.end(signal.SIGTERM) == 0
    third = await world.start()
    await load
    await world.settled()
    for worker in (second, third):
        assert await worker.end(signal.SIGTERM) == 0


async def test_a_worker_without_partitions_is_fine_and_takes_over(world):
    world.partitions = 1
    owner = await world.start(session_s=SESSION_S)
    idle = world.launch(session_s=SESSION_S)
    await world.send(500)
    await idle.until("is at work on partitions []")
    await world.settled()
    await owner.end(signal.SIGKILL)
    await world.send(500)
    await world.settled()
    assert await idle.end(signal.SIGTERM) == 0


async def test_a_zombie_is_fenced_and_nothing_is_lost_or_counted_twice(world):
    zombie = await world.start(session_s=SESSION_S)
    load = asyncio.ensure_future(world.send_for(9, rate=600))
    await world.until_committed(100)
    zombie.signal(signal.SIGSTOP)
    heir = world.launch(session_s=SESSION_S)
    await heir.until(READY)
    await world.until_committed(1_000)
    zombie.signal(signal.SIGCONT)
    await load
    await world.settled()
    assert zombie.process.poll() in {None, 1}, "it rejoined, or ended to be started anew"


async def test_a_transaction_that_timed_out_is_read_again_by_the_same_worker(world):
    """The broker aborts it while the worker is frozen, and before the worker's session ends."""
    worker = await world.start(freeze="after-produce:4", transaction_s=1.0, session_s=30.0)
    await world.send(4_000)
    await worker.until_stopped()
    await world.until_no_transaction_is_open()
    worker.signal(signal.SIGCONT)
    await world.send(2_000)
    await world.settled()
    assert "its records are read again" in worker.words
    assert worker.process.poll() is None


async def test_a_worker_that_ends_at_once_after_its_start_leaves_no_trace(world):
    worker = world.launch()
    await worker.until("Starting")
    assert await worker.end(signal.SIGTERM) in {0, -signal.SIGTERM}
    assert "Traceback" not in worker.words
