"""One definition, two forms: the msgspec Struct twin of a pydantic model.

A model validates at the edges; its twin, with the same fields, constraints and defaults, costs a tenth to read and a
twentieth to make. Rules make facts with `quick`, the wire decodes into `twin`. The property tests of
`tests/unit/events` hold the two forms equal. Where the story continues: `streams/wire.py`.
"""

from collections.abc import Callable, Sequence
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, ParamSpec, TypeVar, Union, get_args, get_origin

import msgspec
from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import BaseModel, BeforeValidator, Strict, WithJsonSchema
from pydantic.fields import FieldInfo

from streams.events.scalars import Money

P = ParamSpec("P")
R = TypeVar("R")

_SCALARS: Final = (str, int, float, bool, NoneType, Money)
_CONTAINERS: Final = (tuple, list, dict)
_CONSTRAINTS: Final = {Ge: "ge", Gt: "gt", Le: "le", Lt: "lt", MinLen: "min_length", MaxLen: "max_length"}
_MODEL_ONLY: Final = (BeforeValidator, Strict, WithJsonSchema)  # the twin is strict, and reads only the form we write


def quick(model: Callable[P, R]) -> Callable[P, R]:
    """The constructor of a model's twin: same keywords, no validation. Call it once per model, at module level.

    To the type checker the result is the model. At run time it is the twin, so tell facts apart by `event_type` or by
    class name, not with `isinstance`.
    """
    constructor: Callable[P, R] = twin(model)
    return constructor


@cache
def twin(model: Any) -> Any:
    """The frozen Struct with a pydantic model's name, fields, constraints and defaults. None is left out when written.

    Garbage collection skips its instances: they are immutable trees, so they cannot form cycles.
    Raises TypeError: the model uses a type or a constraint that the twin could not enforce.
    """
    if "data" in model.model_fields:
        raise TypeError(
            f"{model.__name__}: `data` is the envelope's word, by which streams/wire.py finds its timestamp"
        )
    fields = [_field(name, info) for name, info in model.model_fields.items()]
    return msgspec.defstruct(
        model.__name__, fields, module=model.__module__, frozen=True, kw_only=True, omit_defaults=True, gc=False
    )


def _field(name: str, info: FieldInfo) -> tuple[str, Any] | tuple[str, Any, Any]:
    kind = _constrained(_form(info.annotation), info.metadata)
    if info.is_required():
        return name, kind
    if info.default_factory is not None:
        raise TypeError(f"{name}: a default of the language is a value, not a factory")
    return name, kind, info.default


def _form(annotation: Any) -> Any:
    """What msgspec must read for an annotation of a pydantic model."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _constrained(_form(arguments[0]), arguments[1:])
    if origin in (Union, UnionType):
        return Union[tuple(map(_form, arguments))]  # noqa: UP007 - the members are only known here
    if origin in _CONTAINERS:
        return origin[tuple(part if part is Ellipsis else _form(part) for part in arguments)]
    if origin is Literal or annotation in _SCALARS:
        return annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return twin(annotation)
    raise TypeError(f"the language has no twin for {annotation!r}")


def _constrained(kind: Any, metadata: Sequence[Any]) -> Any:
    limits: dict[str, Any] = {}
    for item in metadata:
        if type(item) in _CONSTRAINTS:
            limit = _CONSTRAINTS[type(item)]
            limits[limit] = getattr(item, limit)
        elif not isinstance(item, _MODEL_ONLY):
            raise TypeError(f"the twin cannot enforce {item!r}")
    return Annotated[kind, msgspec.Meta(**limits)] if limits else kind
