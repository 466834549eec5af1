"""What is sent was checked: the shop can read it, and its key is the topic's."""

import pytest

from agents.cli.documents import split
from agents.cli.errors import UserError
from agents.cli.send import check
from streams import topics

ORDER = b"""
{"event_id": "\xe2\x80\xa6", "event_type": "OrderPlaced", "timestamp": "2023-10-27T10:00:00Z",
 "data": {"order_id": 12345, "customer_id": 67890,
          "items": [{"product_id": "A101", "quantity": 2}, {"product_id": "B202", "quantity": 1}],
          "total_amount": 150.75}}
"""


def key(topic, content):
    (document,) = split("order.json", content)
    return check(topic, "order.json", document)


def test_the_example_of_the_language_works_as_pasted():
    assert key(topics.orders, ORDER) == b"12345"


@pytest.mark.parametrize("topic", [topic for topic in topics.ALL if topic.carries], ids=lambda topic: topic.name)
def test_the_key_of_a_record_is_the_one_that_its_topic_says(topic):
    keys = {model.__name__: topic.key in model.model_fields for model in topic.events}
    assert all(keys.values())


@pytest.mark.parametrize(
    ("topic", "content", "words"),
    [
        (topics.orders, ORDER.replace(b"2023", b"never"), "order.json, line 2: timestamp: "),
        (
            topics.orders,
            ORDER.replace(b'"customer_id": 67890,', b""),
            "order.json, line 2: data.customer_id: Field required",
        ),
        (topics.orders, b"17", "order.json, line 1: an event is a JSON object, not int"),
        (
            topics.transactions,
            ORDER,
            "order.json, line 2: transactions carries TransactionAttempted; such an event belongs to orders",
        ),
        (topics.dead_letters, ORDER, "order.json, line 2: dead-letters carries bytes of any kind: use --raw"),
    ],
)
def test_what_the_shop_could_not_read_is_refused_with_its_place_and_reason(topic, content, words):
    with pytest.raises(UserError) as caught:
        key(topic, content)
    assert str(caught.value).startswith(words)
