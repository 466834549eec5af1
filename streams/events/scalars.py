"""The small types of the language: ids, money, quantities, time, with what the wire accepts for each.

Strangers send ids as numbers and times with any offset; inside there is one form of each. The constraints written here
hold for the pydantic model and for its msgspec twin alike (`twin.py` copies them).
"""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Self

import msgspec
from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler, Strict, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

MAX_QUANTITY: Final = 1_000_000_000
"""Pieces in one event: millions of such events still add up exactly in a 64-bit integer."""

MAX_LEVEL: Final = 2**53 - 1
"""The largest integer that every JSON reader holds exactly."""

MAX_AMOUNT: Final = 1_000_000_000_000
"""Units of currency in one amount: below it a float tells two decimals from three, and holds every cent exactly."""

FLOAT_NOISE: Final = 1e-6
"""Units by which an amount may miss its cents: what adding floats leaves behind (59.970000000000006), not a decimal."""

EXACT_FLOAT: Final = 2**53
"""From here on a float no longer names one integer, so it cannot be an id."""

_MINOR: Final = 100  # minor units in one unit, whatever the currency


def id_of(value: object) -> object:
    """The text of an id that came as a number; anything else as it is, for the string check to judge."""
    if isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT_FLOAT:
        return str(int(value))
    return str(value) if isinstance(value, int) else value


def utc(moment: datetime) -> datetime:
    """The same instant in UTC, cut to whole milliseconds. Raises ValueError: no offset, or outside the calendar."""
    if moment.tzinfo is None:
        raise ValueError("a timestamp needs an offset, such as Z or +02:00")
    if moment.tzinfo is UTC and not moment.microsecond % 1000:
        return moment
    try:
        moment = moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a timestamp must lie in the years 1 to 9999 of UTC") from error
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def timestamp_of(value: object) -> datetime:
    """Read RFC 3339 text with any offset, by the grammar of the fast decoder. Raises ValueError."""
    return utc(value if isinstance(value, datetime) else msgspec.convert(value, datetime))


class Money(int):
    """An amount of at least nothing, in integer minor units (cents): `Money(15075)` is 150.75 on the wire.

    Sums of money are plain integers: wrap them, `Money(a + b)`, or they would be written as that many units.
    """

    __slots__ = ()

    @classmethod
    def of(cls, units: Any) -> Self:
        """Read a decimal number of units, 150.75; a `Money` is taken as it is.

        Raises ValueError: not a number, negative, above MAX_AMOUNT, or more than two decimals.
        """
        if type(units) is cls:
            return units
        number = float(units) if isinstance(units, Decimal) else units
        if type(number) not in (int, float):
            raise ValueError("an amount of money is a decimal number")
        if not 0 <= number <= MAX_AMOUNT:
            raise ValueError(f"an amount of money lies between 0 and {MAX_AMOUNT}")
        minor = round(number * _MINOR)
        if abs(minor / _MINOR - number) > FLOAT_NOISE:
            raise ValueError("an amount of money has two decimals at most")
        return cls(minor)

    @property
    def units(self) -> float:
        """The decimal number of the wire: the shortest float that reads back as the same minor units."""
        return self / _MINOR

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        units = core_schema.plain_serializer_function_ser_schema(lambda money: money.units, when_used="json")
        return core_schema.no_info_plain_validator_function(cls.of, serialization=units)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        text = "units of currency, two decimals at most"
        return {"type": "number", "minimum": 0, "maximum": MAX_AMOUNT, "description": text}


def read_custom(kind: Callable[..., Any], value: object) -> Any:
    """Read the types that msgspec does not know, as its decoding hook: money is the only one that `twin` lets pass."""
    assert kind is Money, kind
    return Money.of(value)


_ID_SCHEMA: Final = {"type": ["string", "integer"], "minLength": 1}
_TIMESTAMP_SCHEMA: Final = {"type": "string", "format": "date-time"}

Id = Annotated[str, BeforeValidator(id_of), MinLen(1), WithJsonSchema(_ID_SCHEMA, mode="validation")]
"""Not empty. On input also an integer; inside and on output always a string."""

Timestamp = Annotated[datetime, BeforeValidator(timestamp_of), WithJsonSchema(_TIMESTAMP_SCHEMA)]
"""Event time: RFC 3339 with an offset on input, UTC in whole milliseconds inside."""

Quantity = Annotated[int, Strict(), Ge(-MAX_QUANTITY), Le(MAX_QUANTITY)]
"""Pieces asked for, of any sign: a quantity below 1 is refused by an answer, not set aside."""

Received = Annotated[int, Strict(), Ge(1), Le(MAX_QUANTITY)]
"""Pieces that came in: at least one."""

Level = Annotated[int, Strict(), Ge(0), Le(MAX_LEVEL)]
"""Pieces there are: never negative."""

Change = Annotated[int, Strict(), Ge(-MAX_LEVEL), Le(MAX_LEVEL)]
"""Pieces more, or fewer when negative."""

Line = Annotated[int, Strict(), Ge(0), Le(MAX_LEVEL)]
"""Position of an item in its order, from 0."""

Version = Annotated[int, Strict(), Ge(1), Le(MAX_LEVEL)]
"""1, 2, 3 ..."""

Millis = Annotated[int, Strict(), Ge(-MAX_LEVEL), Le(MAX_LEVEL)]
"""An instant: milliseconds since 1970-01-01T00:00:00Z."""

Currency = Annotated[str, MinLen(3), MaxLen(3)]
"""ISO 4217, such as EUR."""

Flag = Annotated[bool, Strict()]
Number = Annotated[float, Strict()]
Score = Annotated[float, Strict(), Ge(0), Le(1)]
