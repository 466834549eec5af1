import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from streams.events.scalars import MAX_AMOUNT, Id, Money, Timestamp, read_custom, timestamp_of

ID: TypeAdapter[str] = TypeAdapter(Id)
TIMESTAMP: TypeAdapter[datetime] = TypeAdapter(Timestamp)


class Price(msgspec.Struct):
    amount: Money


@given(st.integers(0, MAX_AMOUNT * 100))
def test_every_amount_survives_the_wire(minor):
    written = msgspec.json.encode(Price(Money(minor)), enc_hook=lambda money: money.units)
    read = msgspec.json.decode(written, type=Price, dec_hook=read_custom)
    assert (read.amount, type(read.amount)) == (minor, Money)


@given(st.integers(0, MAX_AMOUNT * 100))
def test_a_decimal_and_its_float_are_the_same_amount(minor):
    exact = Decimal(minor) / 100
    assert Money.of(exact) == Money.of(float(exact)) == minor


@given(st.integers(0, MAX_AMOUNT), st.integers(0, 99), st.integers(1, 9))
def test_a_third_decimal_is_an_error_up_to_the_largest_amount(units, cents, thousandths):
    with pytest.raises(ValueError, match=r"two decimals|between"):
        Money.of(json.loads(f"{units}.{cents:02}{thousandths}"))


@pytest.mark.parametrize(
    ("units", "minor"),
    [(0, 0), (-0.0, 0), (150, 15000), (150.75, 15075), (0.29, 29), (1.1, 110)],
)
def test_units_are_read_as_minor_units(units, minor):
    assert Money.of(units) == minor


@pytest.mark.parametrize(
    "units",
    [
        -0.01,
        -1,
        0.001,
        1.005,
        MAX_AMOUNT + 0.01,
        10**400,
        float("nan"),
        float("inf"),
        Decimal("NaN"),
        True,
        "1.5",
        None,
    ],
)
def test_what_is_no_amount_is_refused(units):
    with pytest.raises(ValueError, match="amount of money"):
        Money.of(units)


def test_money_is_taken_as_it_is():
    assert Money.of(Money(15075)) == 15075


@pytest.mark.parametrize(
    ("value", "identity"),
    [(12345, "12345"), ("12345", "12345"), (-7, "-7"), (12345.0, "12345"), (10**30, "1" + "0" * 30), ("é/ü", "é/ü")],
)
def test_an_id_may_be_a_number_and_becomes_text(value, identity):
    assert ID.validate_python(value) == identity


@pytest.mark.parametrize("value", ["", True, None, 1.5, 1e300, [], {}])
def test_what_is_no_id_is_refused(value):
    with pytest.raises(ValidationError):
        ID.validate_python(value)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2023-10-27T10:00:00Z", datetime(2023, 10, 27, 10, tzinfo=UTC)),
        ("2023-10-27T12:00:00+02:00", datetime(2023, 10, 27, 10, tzinfo=UTC)),
        ("2023-10-27T04:30:00-05:30", datetime(2023, 10, 27, 10, tzinfo=UTC)),
        ("2023-10-27t10:00:00.123z", datetime(2023, 10, 27, 10, microsecond=123000, tzinfo=UTC)),
        ("2023-10-27T10:00:00.123999+00:00", datetime(2023, 10, 27, 10, microsecond=123000, tzinfo=UTC)),
        ("2024-02-29T23:59:59.9Z", datetime(2024, 2, 29, 23, 59, 59, 900000, tzinfo=UTC)),
    ],
)
def test_any_offset_becomes_utc_in_whole_milliseconds(text, moment):
    read = TIMESTAMP.validate_python(text)
    assert (read, read.tzinfo, read.microsecond) == (moment, UTC, moment.microsecond)


@pytest.mark.parametrize(
    "value",
    [
        "2023-10-27T10:00:00",
        "2023-10-27",
        "yesterday",
        "",
        "2023-02-30T10:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        1698400800,
        None,
    ],
)
def test_a_time_without_offset_or_outside_the_calendar_is_refused(value: Any):
    with pytest.raises(ValidationError):
        TIMESTAMP.validate_python(value)


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.timezones()))  # noqa: DTZ001 - hypothesis adds the zone
def test_normalising_a_time_twice_changes_nothing(moment):
    once = timestamp_of(moment)
    assert timestamp_of(once) == once
