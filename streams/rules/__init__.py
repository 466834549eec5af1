"""The decisions of the shop, pure: state in, event in; new state and facts out. One folder per service.

A rule knows no clock, no I/O and no Kafka. Who calls it: `agents/`. Where its rows are kept: `tables/`.
"""

from collections.abc import MutableMapping
from typing import TypeAlias, TypeVar

V = TypeVar("V")

Rows: TypeAlias = MutableMapping[str, V]
"""What a service remembers, by key: a dict in a test, a partition's rows in the engine.

A rule uses `get`, `[]`, `[] =`, `del` and `in` only. A row is a frozen msgspec Struct: it is replaced
(`msgspec.structs.replace`), never changed in place.
"""
