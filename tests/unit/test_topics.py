from collections import Counter
from typing import get_args

import pytest
from pydantic import BaseModel

from streams import topics
from streams.events.base import event_of, quick
from streams.events.inventory import ReserveStock
from tests.unit.events.samples import PLACED, TEN, Arrived
from tests.unit.events.strategies import FACTS

KEYS = {
    "orders": "order_id",
    "order-status": "order_id",
    "stock-commands": "product_id",
    "stock-receipts": "product_id",
    "inventory": "product_id",
    "reservations": "order_id",
    "transactions": "card_id",
    "transaction-labels": "card_id",
    "fraud": "card_id",
    "fraud-rules": "rule_id",
    "payments": "order_id",
    "shipments": "order_id",
    "customers": "customer_id",
    "notifications": "customer_id",
    "insights": "key",
    "late-events": "key",
    "dead-letters": "",
}


def test_the_table_of_topics_is_complete_and_keyed_as_agreed():
    assert {topic.name: topic.key for topic in topics.ALL if "." not in topic.name} == KEYS


def test_every_topic_that_the_module_names_is_in_all():
    named = [value for value in vars(topics).values() if isinstance(value, topics.Topic)]
    assert named == list(topics.ALL)


def test_an_event_type_belongs_to_exactly_one_topic():
    counts = Counter(fact.__name__ for fact in FACTS)
    assert set(counts.values()) == {1}


@pytest.mark.parametrize("topic", topics.ALL, ids=lambda topic: topic.name)
def test_every_fact_has_the_field_that_is_its_key_and_never_without_it(topic):
    for fact in topic.carries:
        assert fact.model_fields[topic.key].is_required()


def test_no_fact_has_a_field_that_the_wire_would_take_for_the_end_of_the_envelope():
    seen, models = set(), list(FACTS)
    while models:
        model = models.pop()
        if model not in seen:
            seen.add(model)
            assert "data" not in model.model_fields
            models += [part for info in model.model_fields.values() for part in _models(info.annotation)]
    assert len(seen) > len(FACTS)


def _models(annotation):
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def test_a_fact_is_keyed_by_its_field_in_both_forms():
    fields = {"order_id": "1", "product_id": "A101", "quantity": 2, "line": 0}
    key_of = topics.stock_commands.events[ReserveStock]
    assert key_of(quick(ReserveStock)(**fields)) == key_of(ReserveStock(**fields)) == "A101"


def test_a_derived_event_comes_with_the_key_of_its_topic():
    reserve = quick(ReserveStock)(order_id="1", product_id="é", quantity=2, line=0)
    key, event = topics.stock_commands.derive(event_of(PLACED, "e", TEN), reserve, 0)
    assert (key, event.event_id, event.data) == ("é".encode(), "e/ReserveStock/0", reserve)


def test_only_what_may_be_forgotten_is_compacted():
    compacted = {topic.name for topic in topics.ALL if topic.config["cleanup.policy"] == "compact"}
    assert compacted == {"fraud-rules", "customers"}
    assert {topic.config.get("retention.ms", "-1") for topic in topics.ALL} == {"-1"}


def test_opaque_topics_skip_every_record():
    assert topics.dead_letters.read(0, [Arrived(b"\xff"), Arrived(None)]) == [None, None]


def test_a_topic_is_found_by_name():
    assert topics.by_name("order-status") is topics.order_status


def test_a_wrong_name_is_answered_with_the_right_ones():
    with pytest.raises(
        topics.UnknownTopicError, match=r"'order_status'; there are orders, order-status, .*dead-letters"
    ):
        topics.by_name("order_status")
