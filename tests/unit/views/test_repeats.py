import asyncio

import pytest

from tables.views import repeats
from tables.views.problems import ConflictError
from tables.views.repeats import Repeats


async def test_old_keys_are_forgotten(monkeypatch):
    monkeypatch.setattr(repeats, "MOST_KEYS", 2)
    answers, done = Repeats(), []

    async def work():
        done.append(1)
        return len(done)

    assert [await answers.answer(key, "x", work) for key in "abcab"] == [1, 2, 3, 4, 5]
    assert await answers.answer("b", "x", work) == 5


async def test_who_goes_away_does_not_take_the_work_along():
    answers, go = Repeats(), asyncio.Event()

    async def work():
        await go.wait()
        return 7

    first = asyncio.create_task(answers.answer("k", "x", work))
    await asyncio.sleep(0)
    first.cancel()
    go.set()
    assert await answers.answer("k", "x", work) == 7
    with pytest.raises(ConflictError):
        await answers.answer("k", "y", work)
