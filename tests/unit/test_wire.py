import json
from datetime import UTC, timedelta, timezone
from typing import Any

import pytest

from streams import topics, wire
from streams.events.base import Event, Money, event_of, quick
from streams.events.intake import OrderItem, OrderPlaced
from streams.events.orders import OrderCompleted
from tests.unit.events.samples import EXAMPLE, ITEMS, PLACED, TEN, Arrived

COMPLETED = quick(OrderCompleted)(order_id="1")


def read(topic: topics.Topic, value: bytes | None) -> Any:
    (answer,) = topic.read(3, [Arrived(value)])
    return answer


def example(**changes: Any) -> bytes:
    content = json.loads(EXAMPLE) | changes
    return json.dumps({name: part for name, part in content.items() if part is not ...}).encode()


def test_the_example_is_accepted_as_it_stands():
    expected = Event(event_id="…", event_type="OrderPlaced", timestamp=TEN, data=PLACED)
    assert read(topics.orders, EXAMPLE) == expected


@pytest.mark.parametrize("missing", [..., None])
def test_without_an_id_the_example_is_named_by_topic_partition_and_offset(missing):
    assert read(topics.orders, example(event_id=missing)).event_id == "orders-3-7"


def test_the_written_example_reads_back_and_writes_the_same_bytes():
    (written,) = topics.orders.write([read(topics.orders, EXAMPLE)])
    again = read(topics.orders, written)
    assert (again.data, topics.orders.write([again])) == (PLACED, [written])


def test_keys_are_written_in_their_order_and_what_is_none_is_left_out():
    event = Event(event_id="e", event_type="OrderCompleted", timestamp=TEN, correlation_id="1", data=COMPLETED)
    expected = (
        b'{"event_id":"e","event_type":"OrderCompleted","correlation_id":"1",'
        b'"timestamp":"2023-10-27T10:00:00Z","data":{"order_id":"1"}}'
    )
    assert wire.write([event]) == [expected]


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (TEN, b"2023-10-27T10:00:00Z"),
        (TEN + timedelta(milliseconds=120), b"2023-10-27T10:00:00.120Z"),
        (TEN + timedelta(microseconds=120_999), b"2023-10-27T10:00:00.120Z"),
        (TEN + timedelta(microseconds=999), b"2023-10-27T10:00:00Z"),
        (TEN.astimezone(timezone(timedelta(hours=2))), b"2023-10-27T10:00:00Z"),
    ],
)
def test_times_are_written_in_utc_with_milliseconds_when_there_are_any(moment, text):
    (written,) = wire.write([event_of(COMPLETED, "e", moment)])
    assert b'"timestamp":"%b"' % text in written


def test_a_naive_time_is_never_written():
    with pytest.raises(ValueError, match="offset"):
        wire.write([event_of(COMPLETED, "e", TEN.replace(tzinfo=None))])


@pytest.mark.parametrize("text", ["2023-10-27T12:00:00.5+02:00", "2023-10-27T10:00:00.500999Z"])
def test_a_time_with_any_offset_is_read_as_utc_milliseconds(text):
    event = read(topics.orders, example(timestamp=text))
    assert (event.timestamp, event.timestamp.tzinfo) == (TEN + timedelta(milliseconds=500), UTC)


def test_a_model_is_written_as_its_twin():
    items = tuple(OrderItem(product_id=item.product_id, quantity=item.quantity) for item in ITEMS)
    model = OrderPlaced(order_id="12345", customer_id="67890", items=items, total_amount=Money(15075))
    assert wire.write([event_of(model, "e", TEN)]) == wire.write([event_of(PLACED, "e", TEN)])


def test_what_json_has_no_form_for_is_not_written():
    with pytest.raises(TypeError, match="no JSON for object"):
        wire.write([event_of(quick(OrderCompleted)(order_id=object()), "e", TEN)])  # type: ignore[arg-type] # on purpose


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b" ",
        b"{",
        b'{"event_type": "OrderPlaced",}',
        b"not json",
        b"\xff\xfe\x00",
        b"\xef\xbb\xbf{}",
        EXAMPLE[:-1],
        EXAMPLE + b"x",
        EXAMPLE.replace(b"A101", b"\xff"),
        EXAMPLE.replace(b"A101", b"\\ud800"),
        EXAMPLE.replace(b'"data"', b'"other": "\xe9", "data"'),
        EXAMPLE.replace(b"150.75", b"NaN"),
        EXAMPLE.replace(b"150.75", b"Infinity"),
        EXAMPLE.replace(b"150.75", b"1e999"),
        EXAMPLE.replace(b"12345", b"1" * 5000),
        b"[" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        EXAMPLE.replace(b'"data"', b'"other": ' + b"[" * 100_000 + b"]" * 100_000 + b', "data"'),
        None,
    ],
    ids=lambda value: repr(value)[:40],
)
def test_bytes_that_are_no_json_are_named_malformed(value):
    answer = read(topics.orders, value)
    assert isinstance(answer, wire.MalformedJsonError)
    assert str(answer)


@pytest.mark.parametrize("value", [b"[]", b"null", b"1", b'"OrderPlaced"', b"true"])
def test_json_that_is_no_object_is_no_event(value):
    assert isinstance(read(topics.orders, value), wire.InvalidEventError)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"event_type": ...}, "event_type: "),
        ({"event_type": 5}, "event_type: "),
        ({"event_type": None}, "event_type: "),
        ({"event_id": ""}, "event_id: "),
        ({"event_id": []}, "event_id: "),
        ({"timestamp": ...}, "timestamp: "),
        ({"timestamp": None}, "timestamp: "),
        ({"timestamp": 1698400800}, "timestamp: "),
        ({"timestamp": "2023-10-27T10:00:00"}, "timestamp: "),
        ({"timestamp": "0001-01-01T00:00:00+23:00"}, "timestamp: "),
        ({"causation_id": False}, "causation_id: "),
        ({"correlation_id": {}}, "correlation_id: "),
        ({"data": ...}, "data: "),
        ({"data": None}, "data: "),
        ({"data": []}, "data: "),
        ({"data": {}}, "data.order_id: "),
    ],
    ids=str,
)
def test_an_envelope_that_does_not_hold_is_refused_by_field(changes, complaint):
    answer = read(topics.orders, example(**changes))
    assert isinstance(answer, wire.InvalidEventError)
    assert complaint in str(answer)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"order_id": ""}, "data.order_id: "),
        ({"order_id": 1.5}, "data.order_id: "),
        ({"order_id": True}, "data.order_id: "),
        ({"total_amount": 150.755}, "data.total_amount: "),
        ({"total_amount": -1}, "data.total_amount: "),
        ({"total_amount": "150.75"}, "data.total_amount: "),
        ({"total_amount": 10**300}, "data.total_amount: "),
        ({"items": []}, "data.items: "),
        ({"items": [{"product_id": "A101", "quantity": 2.5}]}, "data.items.0.quantity: "),
        ({"items": [{"product_id": "A101", "quantity": 10**12}]}, "data.items.0.quantity: "),
        ({"items": [{"product_id": "A101", "quantity": "2"}]}, "data.items.0.quantity: "),
        ({"items": [{"product_id": "A101", "quantity": 1}, {"quantity": 1}]}, "data.items.1.product_id: "),
        ({"currency": "EURO"}, "data.currency: "),
    ],
    ids=str,
)
def test_data_that_does_not_validate_is_refused_by_path(changes, complaint):
    answer = read(topics.orders, example(data=json.loads(EXAMPLE)["data"] | changes))
    assert isinstance(answer, wire.InvalidEventError)
    assert complaint in str(answer)


@pytest.mark.parametrize("quantity", [0, -2])
def test_a_quantity_below_one_is_an_event_for_the_stock_to_refuse(quantity):
    event = read(topics.orders, EXAMPLE.replace(b'"quantity": 2', b'"quantity": %d' % quantity))
    assert event.data.items[0].quantity == quantity


@pytest.mark.parametrize("topic", [topics.orders, topics.transactions], ids=lambda topic: topic.name)
@pytest.mark.parametrize("value", [b'{"event_type": "OrderFramed"}', b'{"event_type": "", "data": 5}'])
def test_an_event_type_unknown_to_the_topic_is_skipped_whatever_it_holds(topic, value):
    assert read(topic, value) is None


def test_an_event_type_of_another_topic_is_unknown():
    assert read(topics.payments, EXAMPLE) is None


@pytest.mark.parametrize("topic", [topic for topic in topics.ALL if topic.carries], ids=lambda topic: topic.name)
def test_an_event_without_type_is_invalid_on_topics_of_one_type_and_of_many(topic):
    assert isinstance(read(topic, b'{"timestamp": "2023-10-27T10:00:00Z", "data": {}}'), wire.InvalidEventError)


@pytest.mark.parametrize("topic", [topics.fraud_rules, topics.customers], ids=lambda topic: topic.name)
def test_no_value_on_a_compacted_topic_is_a_deletion(topic):
    assert read(topic, None) is None


def test_unknown_fields_are_ignored_at_every_depth():
    crowded = example(colour="red", data=json.loads(EXAMPLE)["data"] | {"gift": {"wrap": [1, None]}, "n": 10**400})
    assert read(topics.orders, crowded).data == PLACED


@pytest.mark.parametrize("number", [b"12345", b"12345.0", b"1.2345e4"])
def test_a_whole_number_is_an_id_however_it_is_written(number):
    assert read(topics.orders, EXAMPLE.replace(b"12345", number)).data.order_id == "12345"


@pytest.mark.parametrize("name", ["event_id", "causation_id", "correlation_id"])
def test_the_ids_of_the_envelope_may_be_numbers(name):
    assert getattr(read(topics.orders, example(**{name: 42})), name) == "42"


def test_text_that_looks_like_a_numeric_id_is_left_alone():
    reason = 'he said "order_id": 5, and left'
    text = json.dumps({"order_id": 5, "reason": reason})
    value = f'{{"event_type":"OrderCancelRequested","timestamp":"2023-10-27T10:00:00Z","data":{text}}}'.encode()
    data = read(topics.orders, value).data
    assert (data.order_id, data.reason) == ("5", reason)


def test_a_chunk_is_answered_record_by_record_in_order():
    answers = topics.orders.read(0, [Arrived(b"", 0), Arrived(example(event_id=None), 1), Arrived(b"{}", 2)])
    assert [type(answer) for answer in answers] == [wire.MalformedJsonError, Event, wire.InvalidEventError]
    assert answers[1].event_id == "orders-0-1"  # type: ignore[union-attr] # the line above says it is an event


def test_a_schema_shows_each_event_type_and_accepts_numbers_as_ids():
    exported = wire.schema(topics.orders.carries)
    definitions = exported["$defs"]
    assert definitions["OrderPlacedEvent"]["properties"]["event_type"]["const"] == "OrderPlaced"
    assert definitions["OrderPlaced"]["properties"]["order_id"]["type"] == ["string", "integer"]
    assert [option["$ref"] for option in exported["anyOf"]] == [
        "#/$defs/OrderPlacedEvent",
        "#/$defs/OrderCancelRequestedEvent",
    ]
