from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.events.base import Event, event_of, quick
from streams.events.orders import OrderCompleted
from tests.unit.events.strategies import FACTS

completed = quick(OrderCompleted)


@given(st.integers(-62_000_000_000_000, 250_000_000_000_000))
def test_event_time_is_exact_milliseconds_before_and_after_the_epoch(millis):
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=millis)
    assert event_of(completed(order_id="1"), "e", moment).time == millis


@pytest.mark.parametrize("fact", [completed(order_id="1"), OrderCompleted(order_id="1")])
def test_an_event_is_named_by_its_facts_class_in_both_forms(fact):
    assert event_of(fact, "e", datetime(2023, 10, 27, tzinfo=UTC)).event_type == "OrderCompleted"


def test_an_event_cannot_be_changed():
    event = event_of(completed(order_id="1"), "e", datetime(2023, 10, 27, tzinfo=UTC))
    with pytest.raises(AttributeError):
        event.event_id = "other"
    assert isinstance(event, Event)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_a_field_that_may_be_missing_is_none_then_so_leaving_it_out_loses_nothing(fact):
    assert {info.default for info in fact.model_fields.values() if not info.is_required()} <= {None}


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_every_fact_says_in_its_own_words_what_it_means(fact):
    assert fact.__dict__["__doc__"].strip()
