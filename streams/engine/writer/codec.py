"""How a flexible request becomes bytes, and bytes an answer, on aiokafka's primitive types and connections (KIP-482).

Two rules hold for all of them:

* a flexible request has header v2 and its answer header v1 (aiokafka writes and reads both, when told so);
* every structure, at every depth, ends in tagged fields. None are written, those read are skipped, and so a structure
  is a tuple of exactly the fields that are listed: `protocol.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiokafka.protocol.api import RequestStruct, Response
from aiokafka.protocol.types import CompactArray, CompactBytes, CompactString, Schema, TaggedFields, UnsignedVarInt32

from streams.engine.writer.errors import UnsupportedBroker

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from io import BytesIO

Str = CompactString("utf-8")
NO_TAGS = b"\x00"


class Fields(Schema):
    """Named fields of one structure, and the tagged fields at its end."""

    def decode(self, data: BytesIO) -> tuple[Any, ...]:
        values = super().decode(data)
        TaggedFields.decode(data)
        return values


def array(*fields: tuple[str, Any]) -> CompactArray:
    return CompactArray(Fields(*fields))


def put(kind: Any, value: Any, out: list[bytes | bytearray]) -> None:
    """Append the encoded `value` to `out` in pieces: record batches are copied once, not once per level of nesting."""
    if isinstance(kind, Fields):
        for field, part in zip(kind.fields, value, strict=True):
            put(field, part, out)
        out.append(NO_TAGS)
    elif value is None:
        out.append(kind.encode(None))
    elif isinstance(kind, CompactArray):
        out.append(UnsignedVarInt32.encode(len(value) + 1))
        for part in value:
            put(kind.array_of, part, out)
    elif kind is CompactBytes:
        out += (UnsignedVarInt32.encode(len(value) + 1), value)
    else:
        out.append(kind.encode(value))


class Flexible(RequestStruct):
    """A request of exactly one version: there is nothing to negotiate, only something to check."""

    FLEXIBLE_VERSION = True
    API_KEY, API_VERSION, RESPONSE_TYPE, SCHEMA = -1, -1, Response, Fields()

    def encode(self) -> bytes:
        out: list[bytes | bytearray] = []
        put(self.SCHEMA, [self.__dict__[name] for name in self.SCHEMA.names], out)
        return b"".join(out)

    def prepare(self, versions: Mapping[int, tuple[int, int]]) -> Flexible:
        """Called by aiokafka's connection with the ranges that this broker announced."""
        low, high = versions.get(self.API_KEY, (0, -1))
        if not low <= self.API_VERSION <= high:
            raise UnsupportedBroker(
                f"the broker offers {type(self).__name__} v{low} to v{high}; v{self.API_VERSION} is needed"
            )
        return self


def api(
    name: str, key: int, version: int, request: Sequence[tuple[str, Any]], response: Sequence[tuple[str, Any]]
) -> Any:
    """One version of one request, as the pair of classes that aiokafka's connection expects."""
    common = {"API_KEY": key, "API_VERSION": version}
    answer = type(f"{name}Response", (Response,), {**common, "SCHEMA": Fields(*response)})
    return type(name, (Flexible,), {**common, "SCHEMA": Fields(*request), "RESPONSE_TYPE": answer})
