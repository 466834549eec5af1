"""The driver is a fake; so the same histories go through it and through a worker on a real Kafka."""

import asyncio
import random

import pytest
from aiokafka import AIOKafkaProducer

from streams.engine.driver import Driver
from tests.broker.engine import counting
from tests.support.pipes import number

pytestmark = pytest.mark.broker

PARTITIONS = 4
NOISE = [b"", b"{", b'{"type":"Unheard","data":{}}', b'{"type":"Number","data":{}}']


def history(seed, length):
    """(partition, key, value): numbers, repeated ids, rules that raise, and noise."""
    chance = random.Random(seed)
    for n in range(length):
        key = f"k{chance.randrange(12)}"
        value = number(key, chance.randrange(-1, 4), id=f"n{chance.randrange(max(1, n))}", time=n)
        yield chance.randrange(PARTITIONS), key.encode(), chance.choice([value] * 9 + NOISE[:1] + NOISE)


def driven(said, service):
    """(outputs, dead letters, rows) of the driver; it brings its own event loop, so call it in a thread."""
    shop = counting.shop(service, PARTITIONS)
    with Driver([shop.app()], chunk_records=37) as driver:
        for partition, key, value in said:
            driver.send(shop.source, value, key=key, partition=partition)
        driver.run()
        outputs, letters = driver.records(shop.target.name), driver.records("dead-letters")
        return contents(outputs), contents(letters), driver.rows(shop.totals)


async def worked(said, world):
    """The same of a worker on Kafka, its rows from the changelog alone."""
    await world.create(world.source)
    async with AIOKafkaProducer(bootstrap_servers=world.bootstrap) as producer:
        for partition, key, value in said:
            await producer.send(world.source, value, key=key, partition=partition)
    await world.start(chunk_records=101)
    await world.until_group_is_at_the_end()
    outputs, letters = await everything(world, world.target), await everything(world, "dead-letters")
    ours = [letter for letter in letters if ("service", world.service.encode()) in letter.headers]
    return contents(outputs), contents(ours), rows_of(await everything(world, f"{world.service}-changelog"))


async def everything(world, topic):
    return [record for found in (await world.read(topic)).values() for record in found]


def contents(records):
    """All but where and when they were written. Keys come from several partitions here, so their order is free."""
    return sorted(repr((record.key, record.value, sorted(record.headers))) for record in records)


def rows_of(changelog):
    last = {(record.partition, record.key): record.value for record in changelog}
    return {key.decode().removeprefix("totals/"): int(value) for (_, key), value in sorted(last.items())}


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_same_history_gives_the_same_bytes(world, seed):
    said = list(history(seed, 3_000))
    expected = await asyncio.to_thread(driven, said, world.service)
    assert await worked(said, world) == expected
