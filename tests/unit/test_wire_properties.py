import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from streams import topics, wire
from streams.events.base import Event, twin
from streams.events.envelope import envelope
from tests.unit.events.samples import EXAMPLE, Arrived
from tests.unit.events.strategies import FACTS, IDS, documents, doubtful

MOMENTS = st.integers(0, 4_000_000_000_000).map(
    lambda ms: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
)
TOPIC_OF = {fact: topic for topic in topics.ALL for fact in topic.carries}


@st.composite
def events(draw, fact):
    """Any event that we could write."""
    data = wire.quickened(fact.model_validate(draw(documents(fact))))
    ids = draw(st.tuples(IDS, st.none() | IDS, st.none() | IDS))
    return Event(
        event_id=ids[0],
        event_type=fact.__name__,
        timestamp=draw(MOMENTS),
        causation_id=ids[1],
        correlation_id=ids[2],
        data=data,
    )


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_what_is_written_is_read_back_and_writes_the_same_bytes(fact, data):
    event = data.draw(events(fact))
    (written,) = wire.write([event])
    (read,) = TOPIC_OF[fact].read(0, [Arrived(written)])
    assert (read, type(read.data)) == (event, twin(fact))
    assert wire.write([read]) == [written]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_the_wire_accepts_and_reads_exactly_what_the_models_do(fact, data):
    content = {
        "event_type": fact.__name__,
        "timestamp": "2023-10-27T12:00:00+02:00",
        "event_id": data.draw(st.sampled_from(["e", 1, -1, 2.0, "", None, True, 10**20])),
        "data": data.draw(doubtful(fact)),
    }
    text = json.dumps(content).encode()
    (answer,) = TOPIC_OF[fact].read(0, [Arrived(text)])
    try:
        model = envelope(fact).model_validate_json(text)
    except ValidationError:
        assert isinstance(answer, wire.InvalidEventError)
    else:
        assert answer.data == wire.quickened(model.data)
        assert answer.event_id == (model.event_id or f"{TOPIC_OF[fact].name}-0-7")


@settings(deadline=None)
@given(st.binary(max_size=200))
@example(b"{}")
def test_no_bytes_at_all_make_reading_raise(value):
    (answer,) = topics.orders.read(0, [Arrived(value)])
    assert answer is None or isinstance(answer, wire.UnreadableEventError)


@settings(deadline=None, max_examples=300)
@given(st.integers(0, len(EXAMPLE) - 1), st.binary(max_size=3))
def test_a_damaged_event_is_an_event_or_named_or_unknown_but_never_raises(position, damage):
    damaged = EXAMPLE[:position] + damage + EXAMPLE[position + 1 :]
    (answer,) = topics.orders.read(0, [Arrived(damaged)])
    assert answer is None or isinstance(answer, Event | wire.UnreadableEventError)
