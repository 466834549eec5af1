import gc
import json
from typing import Annotated, Any, Literal

import msgspec
import pytest
from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen, MultipleOf
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, ValidationError

from streams.events.base import Id, Money, quick, twin
from streams.events.intake import OrderItem, OrderPlaced
from streams.events.inventory import InventoryUpdated, StockChange
from streams.events.scalars import read_custom
from streams.wire import quickened
from tests.unit.events.strategies import FACTS, doubtful

REFUSED = "refused"


def as_model(fact: type[BaseModel], text: bytes) -> Any:
    try:
        return quickened(fact.model_validate_json(text))
    except ValidationError:
        return REFUSED


def as_twin(fact: type[BaseModel], text: bytes) -> Any:
    try:
        return msgspec.json.decode(text, type=twin(fact), dec_hook=read_custom)
    except msgspec.ValidationError:
        return REFUSED


def without_numeric_ids(document: Any) -> Any:
    """The twin leaves numbers that stand for ids to the wire's second look."""
    if isinstance(document, list):
        return [without_numeric_ids(part) for part in document]
    if not isinstance(document, dict):
        return document
    return {key: _text_id(key, without_numeric_ids(part)) for key, part in document.items()}


def _text_id(key: str, value: Any) -> Any:
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if numeric and (key.endswith("_id") or key in {"key", "clears"}) else value


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_twin_and_the_model_accept_refuse_and_read_alike(fact, data):
    text = json.dumps(without_numeric_ids(data.draw(doubtful(fact)))).encode()
    assert as_twin(fact, text) == as_model(fact, text)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_the_twin_has_the_models_name_and_fields_in_order(fact):
    assert (twin(fact).__name__, twin(fact).__struct_fields__) == (fact.__name__, tuple(fact.model_fields))


def test_quick_does_not_validate_and_costs_the_garbage_collector_nothing():
    item = quick(OrderItem)(product_id="A101", quantity="not a number")  # type: ignore[arg-type] # on purpose
    assert item.quantity == "not a number"
    assert not gc.is_tracked(item)


def test_a_fact_is_written_in_the_models_order_without_what_is_none():
    change = quick(StockChange)(on_hand=0, reserved=3)
    updated = quick(InventoryUpdated)(
        version=17, product_id="A", on_hand=75, reserved=3, available=72, change=change, reason="reserved"
    )
    expected = (
        b'{"product_id":"A","on_hand":75,"reserved":3,"available":72,"change":{"on_hand":0,"reserved":3},'
        b'"reason":"reserved","version":17}'
    )
    assert msgspec.json.encode(updated) == expected


def test_facts_are_immutable_in_both_forms():
    with pytest.raises(ValidationError):
        OrderItem(product_id="A", quantity=1).quantity = 2  # type: ignore[misc] # on purpose
    with pytest.raises(AttributeError):
        quick(OrderItem)(product_id="A", quantity=1).quantity = 2  # type: ignore[misc] # on purpose


class Everything(BaseModel):
    above: Annotated[int, Gt(0), Lt(10)]
    within: Annotated[float, Ge(0), Le(1)] | None
    short: Annotated[str, MinLen(1), MaxLen(3)] = "abc"
    kind: Literal["a", "b"] = "a"
    items: tuple[OrderItem, ...] = ()
    names: dict[str, list[Id]] | None = None
    price: Money = Money(100)
    declared_by_field: int = Field(5, ge=1)


@pytest.mark.parametrize(
    "fields",
    [
        {"above": 0},
        {"above": 10},
        {"within": 1.5},
        {"short": ""},
        {"short": "abcd"},
        {"kind": "c"},
        {"items": [{"product_id": "A"}]},
        {"names": {"x": [""]}},
        {"price": -1},
        {"declared_by_field": 0},
    ],
    ids=str,
)
def test_the_twin_enforces_each_kind_of_constraint(fields):
    text = json.dumps({"above": 5, "within": None} | fields).encode()
    assert (as_twin(Everything, text), as_model(Everything, text)) == (REFUSED, REFUSED)


def test_the_twin_has_the_models_defaults():
    text = b'{"above": 5, "within": null}'
    assert as_twin(Everything, text) == as_model(Everything, text)
    assert as_twin(Everything, text).price == 100


class Multiple(BaseModel):
    number: Annotated[int, MultipleOf(3)]


class Made(BaseModel):
    numbers: list[int] = Field(default_factory=list)


class Foreign(BaseModel):
    number: complex


@pytest.mark.parametrize("model", [Multiple, Made, Foreign])
def test_a_model_whose_twin_could_differ_is_refused_when_it_is_declared(model):
    with pytest.raises(TypeError):
        twin(model)


def test_a_model_and_its_dump_have_the_same_twin():
    item = OrderItem(product_id="A", quantity=1)
    placed = OrderPlaced(order_id="1", customer_id="2", items=(item,), total_amount=Money(15075))
    assert as_twin(OrderPlaced, placed.model_dump_json().encode()) == quickened(placed)


class Enveloped(BaseModel):
    data: str


def test_a_model_with_a_field_that_the_wire_takes_for_the_envelopes_is_refused():
    with pytest.raises(TypeError, match="Enveloped: `data`"):
        twin(Enveloped)
