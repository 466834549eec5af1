"""Whatever lies in a source topic: aborted records, markers, holes, poison, and records that are gone."""

import asyncio
import signal

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import RecordsToDelete

from streams.engine import watchdog
from tests.support.pipes import HUGE, number

pytestmark = pytest.mark.broker


async def test_aborted_records_are_not_counted_and_the_group_gets_past_the_last_marker(world):
    await world.create(world.source)
    async with AIOKafkaProducer(bootstrap_servers=world.bootstrap, transactional_id=world.service) as producer:
        for n in range(12):
            await producer.begin_transaction()
            for i in range(150):
                key = f"k{i % 7}"
                await producer.send(world.source, number(key, n + 1), key=key.encode())
                if n % 3:
                    world.sent[key].append(n + 1)
            await (producer.commit_transaction() if n % 3 else producer.abort_transaction())
        await producer.begin_transaction()  # ends with nothing but an abort: the last offsets hold no record
        await producer.send_and_wait(world.source, number("k0"), key=b"k0")
        await producer.abort_transaction()
    worker = await world.start(chunk_records=40)
    await world.settled()
    assert await world.behind() == {}
    assert await worker.end(signal.SIGTERM) == 0


async def letters_of(world):
    found = [letter for letters in (await world.read("dead-letters")).values() for letter in letters]
    return [letter for letter in found if dict(letter.headers)["service"] == world.service.encode()]


async def test_poison_is_set_aside_however_large_and_the_stream_goes_on(world):
    await world.start()
    largest = b"{" + b"x" * 1_048_400  # what a topic takes by default, with key and overhead
    poison = [largest, b"", b"{", b"\xff" * 1000, number("k0", -1)]
    for value in poison:
        await world.send_bytes(value)
        await world.send(50)
    await world.settled()
    letters = await letters_of(world)
    assert sorted(letter.value for letter in letters) == sorted(poison)
    assert all(dict(letter.headers)["attempt"] == b"1" for letter in letters)


async def test_a_row_that_the_changelog_cannot_hold_is_set_aside_with_its_record_and_the_stream_goes_on(world):
    worker = await world.start()
    for _ in range(2):
        await world.send(500)
        await world.send_bytes(number("k0", HUGE))
        await world.send(500)
        await world.settled()
    letters = await letters_of(world)
    assert [letter.value for letter in letters] == [number("k0", HUGE)] * 2
    assert {dict(letter.headers)["error-class"] for letter in letters} == {b"RowTooLargeError"}
    assert await worker.end(signal.SIGTERM) == 0


async def test_a_hole_in_a_source_ends_the_process_and_the_next_one_says_what_is_gone(world):
    worker = await world.start()
    await world.send(200)
    await world.settled()
    assert await worker.end(signal.SIGTERM) == 0
    await world.send(200)
    async with world._admin() as admin:
        holes = {TopicPartition(world.source, p): RecordsToDelete(-1) for p in range(world.partitions)}
        await admin.delete_records(holes)
    before = await world.totals()
    world.sent.clear()
    worker = await world.start()
    assert "were removed before they were read" in worker.words
    await world.send(200)
    await world.until_group_is_at_the_end()
    counts = {key: len(totals) - len(before[key]) for key, totals in (await world.totals()).items()}
    assert counts == {key: len(amounts) for key, amounts in world.sent.items()}


async def test_records_removed_under_a_running_worker_end_it(world):
    worker = await world.start(session_s=30.0)
    await world.send(200)
    await world.settled()
    worker.signal(signal.SIGSTOP)
    for _ in range(2):  # the first of it answers the fetch that the worker waits for, and is not missed
        await world.send(200)
    async with world._admin() as admin:
        await admin.delete_records({TopicPartition(world.source, p): RecordsToDelete(-1) for p in range(4)})
    await world.send(20)
    worker.signal(signal.SIGCONT)
    await world.send(20)
    assert await worker.end() == 1
    assert "PositionGapError" in worker.words


async def test_records_of_an_open_transaction_are_waited_for_and_are_no_standstill(world):
    await world.create(world.source)
    async with AIOKafkaProducer(bootstrap_servers=world.bootstrap, transactional_id=world.service) as producer:
        worker = await world.start(stuck_s=1)
        await world.send(100)
        await producer.begin_transaction()
        for key in [f"k{n}" for n in range(20)]:
            await producer.send(world.source, number(key), key=key.encode())
            world.sent[key].append(1)
        await producer.flush()
        await world.send(100)
        await asyncio.sleep(2.5 * watchdog.CHECK_SECONDS)
        assert worker.process.poll() is None, worker.words[-2000:]
        await producer.commit_transaction()
    await world.settled()
