import asyncio

import pytest
from aiokafka.errors import KafkaConnectionError, MessageSizeTooLargeError

from streams.engine.queries import Position
from tables.views import sending
from tables.views.intake import ORDER, Intake
from tables.views.problems import IntakeError
from tables.views.sending import Sender


class FakeProducer:
    """aiokafka's producer, as good or bad as the test wants it."""

    def __init__(self, **arguments):
        self.arguments, self.stopped = arguments, False

    async def start(self):
        if isinstance(self.arguments["mood"], Exception):
            raise self.arguments["mood"]

    async def send_and_wait(self, topic, value, _key):
        if self.arguments["mood"] == "silent":
            await asyncio.Event().wait()
        if self.arguments["mood"] == "refusing":
            raise MessageSizeTooLargeError
        return Position(topic, 0, len(value))

    async def stop(self):
        self.stopped = True


@pytest.fixture
def sender(worker, monkeypatch):
    """`sender(mood)`: a Sender, and the producers that it made."""
    made = []

    def make(**arguments):
        made.append(FakeProducer(**arguments))
        return made[-1]

    def start(mood):
        app = worker("orders").app
        app.connection = {"mood": mood}
        return Sender(app), made

    monkeypatch.setattr(sending, "AIOKafkaProducer", make)
    monkeypatch.setattr(sending, "SEND_SECONDS", 0.05)

    return start


async def test_one_idempotent_producer_is_made_for_all_events(sender):
    good, made = sender("good")
    assert await asyncio.gather(*(good.send("orders", b"k", b"v") for _ in range(3))) == [Position("orders", 0, 1)] * 3
    assert [producer.arguments["enable_idempotence"] for producer in made] == [True]
    await good.close()
    assert made[0].stopped


async def test_kafkas_silence_is_bounded(sender):
    with pytest.raises(IntakeError, match="same Idempotency-Key"):
        await sender("silent")[0].send("orders", b"k", b"v")


async def test_a_broker_that_is_not_there_is_asked_anew_next_time(sender):
    lonely, made = sender(KafkaConnectionError("nobody"))
    for _ in range(2):
        with pytest.raises(IntakeError, match="nobody"):
            await lonely.send("orders", b"k", b"v")
    assert [producer.stopped for producer in made] == [True, True]


async def test_an_event_that_kafka_finds_too_large_is_a_413(worker, sender):
    started = worker("orders")
    started.api.state.intake = Intake(sender("refusing")[0])
    assert (await started.client.post("/orders", json=ORDER)).status_code == 413


async def test_nothing_is_sent_to_a_topic_that_is_not_there_yet(worker, sender):
    early, made = sender("good")
    del early._app.counts
    with pytest.raises(IntakeError, match="starting"):
        await early.send("orders", b"k", b"v")
    assert made == []
