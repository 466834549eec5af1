"""What is set aside keeps its bytes, says where it came from and why, and never stops the stream itself."""

from types import SimpleNamespace

import pytest
from aiokafka.record.default_records import DefaultRecordBatch
from aiokafka.structs import TopicPartition

from streams.engine.deadletters import MAX_MESSAGE_CHARS, BatchesWithDeadLetters, DeadLetter, of_record, of_timer
from streams.engine.driver import LogRecord
from streams.engine.timers import EPOCH, Timer, TimerEvent
from streams.engine.topics import DEAD_LETTER_CONFIG
from streams.engine.writer import RecordTooLarge
from tests.support.pipes import Shop

LETTERS = TopicPartition("dead-letters", 3)


@pytest.fixture
def chunk():
    shop = Shop("counting")
    return SimpleNamespace(topic=shop.source, partition=3, task=SimpleNamespace(service=shop.service))


def record(headers=(), value=b"junk"):
    return LogRecord(0, 17, 0, b"key", value, headers)


def test_a_dead_letter_keeps_key_and_bytes_and_tells_where_from_and_why(chunk):
    letter = of_record(chunk, record(), ValueError("no such product"))
    assert (letter.key, letter.value) == (b"key", b"junk")
    assert dict(letter.headers) == {
        "source-topic": b"numbers",
        "source-partition": b"3",
        "source-offset": b"17",
        "error-class": b"ValueError",
        "error-message": b"no such product",
        "attempt": b"1",
        "service": b"counting",
    }


@pytest.mark.parametrize(
    ("said", "attempt"), [(b"2", b"3"), (b"often", b"1"), (None, b"1"), (b"", b"1"), (b"-1", b"1")]
)
def test_attempts_are_counted_whatever_a_stranger_wrote_there(chunk, said, attempt):
    letter = of_record(chunk, record([("attempt", said)]), ValueError())
    assert dict(letter.headers)["attempt"] == attempt


@pytest.mark.parametrize("words", ["x" * 100_000, "half a pair: \ud800"])
def test_any_error_can_be_told(chunk, words):
    told = dict(of_record(chunk, record(), ValueError(words)).headers)["error-message"]
    assert told.decode()[:10] == words[:10]
    assert len(told) <= MAX_MESSAGE_CHARS


def test_a_timer_is_set_aside_under_its_name(chunk):
    event = TimerEvent("id", EPOCH, Timer("close/7", 5))
    letter = of_timer(chunk, event, KeyError("order"))
    assert (letter.key, letter.value) == (b"close/7", b'{"name":"close/7","due":5}')
    assert dict(letter.headers)["source-topic"] == b"counting.timers"


def sealed(batches, tp=LETTERS):
    """The records of a topic-partition, as a reader would see them."""
    return [record for batch in batches.seal(1, 0)[tp] for record in DefaultRecordBatch(bytes(batch.data))]


def test_a_record_that_just_fits_its_topic_fits_among_the_dead_letters_too():
    batches = BatchesWithDeadLetters()
    value = bytes(1_048_500)
    batches.set_aside(3, DeadLetter(b"k", value, [("error-message", b"m" * MAX_MESSAGE_CHARS)]), 0)
    assert [record.value for record in sealed(batches)] == [value]


def test_of_what_is_too_large_even_there_the_headers_remain():
    batches = BatchesWithDeadLetters()
    batches.set_aside(3, DeadLetter(b"k", bytes(3_000_000), [("source-offset", b"17")]), 0)
    (letter,) = sealed(batches)
    assert (letter.key, letter.value) == (b"k", None)
    assert dict(letter.headers) == {"source-offset": b"17", "value-left-out": b"3000000 bytes"}


def test_no_batch_is_larger_than_the_topic_allows():
    batches = BatchesWithDeadLetters()
    for _ in range(5):
        batches.set_aside(3, DeadLetter(b"k", bytes(900_000), []), 0)
    allowed = int(DEAD_LETTER_CONFIG["max.message.bytes"])
    assert all(len(batch.data) <= allowed for batch in batches.seal(1, 0)[LETTERS])


def test_dead_letters_are_part_of_the_transaction_and_count_in_its_size():
    batches = BatchesWithDeadLetters()
    batches.append("out", 0, [(b"k", b"v")], 0)
    small = batches.bytes
    batches.set_aside(3, DeadLetter(b"k", bytes(1000), []), 0)
    assert (batches.records, batches.bytes > small + 1000) == (2, True)
    assert set(batches.seal(1, 0)) == {LETTERS, TopicPartition("out", 0)}


def test_a_record_too_large_for_its_topic_is_named():
    with pytest.raises(RecordTooLarge, match=r"changelog-2, key b'orders/7': a record needs a batch of 1\d+ bytes"):
        BatchesWithDeadLetters().append(
            "changelog", 2, [(b"a", b"1"), (b"orders/7", bytes(1_000_000)), (b"b", None)], 0
        )
