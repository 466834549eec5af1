"""JSON documents for any model of the language: mostly right, sometimes wrong in one place.

One body of strategies for the twins, the models and the wire, so that they are compared on the same documents.
"""

from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic import BaseModel

from streams import topics
from streams.events.base import Money
from streams.events.scalars import MAX_AMOUNT, MAX_LEVEL, MAX_QUANTITY

FACTS = [fact for topic in topics.ALL for fact in topic.carries]

EDGES = [0, 1, -1, MAX_QUANTITY, MAX_QUANTITY + 1, MAX_LEVEL, MAX_LEVEL + 1, -MAX_LEVEL - 1, 2**63, 2**64, 10**30]
WHOLE = st.integers(1, 200)
DECIMALS = st.integers(0, 10_000_000).map(lambda minor: minor / 100)
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(EDGES),
    st.sampled_from([0.5, -0.5, 1.0, 1e300, 0.001, 150.755, MAX_AMOUNT + 0.01]),
    st.sampled_from(["", "1", "1.5", "true", "nan", "\0", "é"]),
    st.lists(st.none(), max_size=2),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=1),
)
IDS = st.text(min_size=1, max_size=8)
SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(min_size=3, max_size=3),
    int: WHOLE,
    float: st.floats(0, 1) | st.integers(0, 1),
    bool: st.booleans(),
    Money: DECIMALS | WHOLE,
    type(None): st.none(),
}


def values(annotation: Any) -> st.SearchStrategy[Any]:
    """Right values for an annotation, as JSON holds them."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return values(arguments[0])
    if origin in {Union, UnionType}:
        return st.one_of(*map(values, arguments))
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is tuple:
        return st.lists(values(arguments[0]), min_size=1, max_size=3)
    if origin is dict:
        return st.dictionaries(st.text(max_size=3), values(arguments[1]), max_size=3)
    return documents(annotation) if issubclass(annotation, BaseModel) else SCALARS[annotation]


def documents(model: type[BaseModel]) -> st.SearchStrategy[dict[str, Any]]:
    """Right documents of a model, with or without their optional fields and with a field that nobody knows."""
    fields = {name: values(info.annotation) for name, info in model.model_fields.items()}
    required = {name: field for name, field in fields.items() if model.model_fields[name].is_required()}
    optional = {name: field for name, field in fields.items() if name not in required} | {"unknown_to_us": JUNK}
    return st.fixed_dictionaries(required, optional=optional)


@st.composite
def doubtful(draw: st.DrawFn, model: type[BaseModel]) -> dict[str, Any]:
    """A document that may be wrong in one place: a value replaced, emptied or taken away, at any depth."""
    document = draw(documents(model))
    places = list(_places(document))
    if draw(st.booleans()):
        holder, key = draw(st.sampled_from(places))
        if draw(st.integers(0, 5)):
            holder[key] = draw(JUNK)
        else:
            del holder[key]
    return document


def _places(value: Any) -> Any:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(entries):
        yield value, key
        yield from _places(inner)
