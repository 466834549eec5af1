"""Epochs are 16 bits; when they run out, the broker hands over a new producer id, and nobody notices.

Long (33 thousand round trips): `pytest -m chaos tests/broker/writer/test_epochs.py`.
"""

import pytest

from streams.engine.writer import State

pytestmark = [pytest.mark.broker, pytest.mark.chaos, pytest.mark.timeout(900)]

LAST_EPOCH = 32_767 - 1
BEFORE, AFTER = 8, 8


async def empty_abort(writer):
    """The cheapest way to the next epoch."""
    writer.state = State.BROKEN
    await writer.abort()


@pytest.mark.parametrize("aborted", ["none", "every second", "around the end"])
async def test_transactions_go_on_past_the_last_epoch(open_writer, new_topic, batches, read, aborted):
    target, writer, expected, ids = await new_topic("target"), await open_writer(), [], set()
    while writer.producer.epoch < LAST_EPOCH - BEFORE:
        await empty_abort(writer)
    for number in range(BEFORE + AFTER):
        stop = {"none": False, "every second": number % 2 == 1, "around the end": 4 <= number < 12}[aborted]
        records = batches({(target, 0): [b"%d" % number]})
        if stop:
            writer._fault = stopper
            with pytest.raises(InterruptedError):
                await writer.commit(records, {})
            await writer.abort()
            writer._fault = lambda _: None
        else:
            await writer.commit(records, {})
            expected.append(b"%d" % number)
        ids.add(writer.producer.id)
    assert len(ids) == 2
    assert (await read(target))[0] == expected


def stopper(point):
    if point == "before-end":
        raise InterruptedError
