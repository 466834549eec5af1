"""Versioned rows: what a table held at a time, for joins and questions as of then.

Why: an event should meet the price of its own time, not of the time at which it is processed. Semantics: Flink's
temporal join (`FOR SYSTEM_TIME AS OF`), Kafka Streams' versioned stores (KIP-889). Versions of a key lie beside each
other, the newest first, so that the one in force at a time is the first of a range. A version is kept until the next
one is older than the retention. Cost: a put writes one row and deletes those that are too old; a question reads one
row.
"""

from typing import Any, Generic, TypeVar

import msgspec

from streams.windows.instants import BEGINNING, stamp
from streams.windows.rows import Rows

T = TypeVar("T")

_SEPARATOR = "\0"  # a key that held it could pass for another one with a time


class Version(msgspec.Struct, Generic[T], frozen=True, gc=False, array_like=True):
    """Key `<key>`, NUL, `<time, newest first>`: the value from this time on; None if the key was deleted then."""

    value: T | None


class Versions:
    """A table with a past.

    `retention_ms`: how far behind the watermark it can be asked. ValueError when that is negative.
    """

    def __init__(self, *, retention_ms: int, value_type: Any = Any) -> None:
        if retention_ms < 0:
            raise ValueError("a retention is not negative")
        self.row = Version[value_type]
        """The msgspec type of the rows, for the table that stores them."""
        self._retention = retention_ms

    def put(self, key: str, time: int, value: Any, rows: Rows[Any], watermark: int) -> None:
        """The key has this value from this time on, until the next version; in any order of time.

        ValueError for a key with NUL.
        """
        if _SEPARATOR in key:
            raise ValueError("a key of versioned rows cannot hold NUL")
        rows[_name(key, time)] = Version(value)
        horizon = watermark - self._retention
        needless = [name for name, _ in rows.range(_name(key, horizon), _name(key, BEGINNING))][1:]
        for name in needless:
            del rows[name]

    def as_of(self, key: str, time: int, rows: Rows[Any]) -> Any:
        """The value in force at a time; None if there was none, or it is older than the retention."""
        version = next(iter(rows.range(_name(key, time), _name(key, BEGINNING))), None)
        return None if version is None else version[1].value


def _name(key: str, time: int) -> str:
    return key + _SEPARATOR + stamp(-time)
