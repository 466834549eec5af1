"""State is the changelog's: a store that does not fit it is rebuilt, with a word that says why, and never served."""

import shutil
import signal

import pytest

from streams.engine.store import RocksStore

pytestmark = pytest.mark.broker


def lost(world):
    shutil.rmtree(world.folder / "state")


def ahead(world):
    for path in stores(world):
        store = RocksStore(path)
        store.write([(b"totals/k1", b"1000000")], offset=10**9)
        store.close()


def of_another_topic(world):
    for path in stores(world):
        store = RocksStore(path)
        store.reset("0123456789abcdef")
        store.write([(b"totals/k1", b"1000000")], offset=1)
        store.close()


def without_an_offset(world):
    for path in stores(world):
        store = RocksStore(path)
        store._db.delete(b"\0changelog-offset")
        store.close()


def stores(world):
    return [path for path in (world.folder / "state" / world.service / "0").iterdir() if path.name.isdigit()]


DAMAGE = {
    lost: None,
    ahead: "it is at offset 1000000000, the changelog ends at",
    of_another_topic: "it belongs to another changelog topic",
    without_an_offset: "it does not say how far it is",
}


async def test_a_damaged_store_is_rebuilt_and_counting_goes_on(world):
    worker = await world.start()
    await world.send(3_000, keys=500)
    await world.settled()
    for damage, words in DAMAGE.items():
        assert await worker.end(signal.SIGTERM) == 0
        damage(world)
        worker = await world.start()
        assert words is None or words in worker.words
        await world.send(1_000, keys=500)
        await world.settled()


async def test_a_store_that_fits_is_not_rebuilt(world):
    worker = await world.start()
    await world.send(1_000)
    await world.settled()
    assert await worker.end(signal.SIGTERM) == 0
    worker = await world.start()
    assert "rebuilt" not in worker.words
    assert world.service + " recovered 0 changelog records" in worker.words, "only markers were missing"


async def test_rows_of_a_changelog_that_was_made_anew_begin_anew(world):
    worker = await world.start()
    await world.send(1_000)
    await world.settled()
    assert await worker.end(signal.SIGTERM) == 0
    changelog = f"{world.service}-changelog"
    async with world._admin() as admin:
        await admin.delete_topics([changelog])
    worker = await world.start()
    assert "it belongs to another changelog topic" in worker.words
    before = await world.totals()
    world.sent.clear()
    await world.send(500)
    await world.until_group_is_at_the_end()
    after = await world.totals()
    assert {key: totals[len(before[key]) :] for key, totals in after.items()} == world.expected
