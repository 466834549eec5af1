"""Bytes to events and back, a chunk at a time.

Reading has a fast path and a slow one. The fast path reads only the form that we write, straight into the facts' twins.
What it refuses is looked at again: numbers that stand for ids are quoted and tried once more, and what is left goes
through the pydantic models, which read everything the language allows and name what is wrong with the rest. Nothing is
dropped in silence. What the words mean is in `streams/events`; which topic carries them, in `streams/topics.py`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Protocol, Union

import msgspec
from msgspec import Meta
from pydantic import TypeAdapter, ValidationError

from streams.events.base import Event, Fact, Money, twin
from streams.events.envelope import envelope
from streams.events.scalars import read_custom, utc

if TYPE_CHECKING:
    from collections.abc import Sequence

_NUMBER_AS_ID: Final = re.compile(rb'(_id"\s*:\s*)(0|[1-9]\d{0,17})(?=[\s,}])')
"""The end of a key, then a whole number. Inside a JSON string the quote would be escaped, so it cannot match there."""


class UnreadableEventError(ValueError):
    """A record that carries no event of the language. The message says where and why."""


class MalformedJsonError(UnreadableEventError):
    """The bytes are not JSON in UTF-8, or hold what no reader can: numbers too large, nesting too deep, nothing."""


class InvalidEventError(UnreadableEventError):
    """JSON, but not an event: a field of the envelope or of a known type's data is missing or wrong."""


class Record(Protocol):
    """What reading needs of a Kafka record; `timestamp` is in milliseconds since the epoch, by the broker's clock."""

    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


class Codec:
    """Reads and writes the events of one topic.

    Args:
        topic: its name; part of the id of an event that brings none.
        facts: the models of the facts it carries.
        compacted: a record without a value is then a deletion, not an error.
    """

    def __init__(self, topic: str, facts: Sequence[type[Fact]], *, compacted: bool = False) -> None:
        self._topic = topic
        self._models = {fact.__name__: fact for fact in facts}
        self._compacted = compacted
        self._decode = msgspec.json.Decoder(_wire_form(facts), dec_hook=read_custom).decode

    def read(self, partition: int, records: Sequence[Record]) -> list[Event[Any] | Exception | None]:
        """One answer per record, in order.

        An event; an `UnreadableEventError` that names what is wrong; or None for a type unknown here, or a deletion.
        """
        return [self._read(partition, record) for record in records]

    def _read(self, partition: int, record: Record) -> Event[Any] | Exception | None:
        value = record.value
        if value is None:
            return None if self._compacted else MalformedJsonError("the record has no value")
        try:
            if not value.isascii():
                value.decode()
            found = self._decode(value)
            return self._event(found, found.data, partition, record)
        except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
            return self._read_again(value, partition, record)

    def _read_again(self, value: bytes, partition: int, record: Record) -> Event[Any] | Exception | None:
        try:
            value.decode()
            found = self._decode(_NUMBER_AS_ID.sub(_quoted, value))
            return self._event(found, found.data, partition, record)
        except (ValueError, RecursionError):
            return self._explain(value, partition, record)

    def _explain(self, value: bytes, partition: int, record: Record) -> Event[Any] | Exception | None:
        try:
            value.decode()
            content = msgspec.json.decode(value)
        except (ValueError, RecursionError) as error:
            return MalformedJsonError(str(error))
        if not isinstance(content, dict):
            return InvalidEventError(f"an event is a JSON object, not {type(content).__name__}")
        name = content.get("event_type")
        if not isinstance(name, str):
            return InvalidEventError("event_type: must be there, and text")
        if name not in self._models:
            return None
        try:
            found = envelope(self._models[name]).model_validate(content)
        except ValidationError as error:
            return InvalidEventError(_complaint(error))
        return self._event(found, quickened(found.data), partition, record)

    def _event(self, found: Any, data: Any, partition: int, record: Record) -> Event[Any]:
        moment = found.timestamp if _is_normal(found.timestamp) else utc(found.timestamp)
        return Event(
            event_id=found.event_id or f"{self._topic}-{partition}-{record.offset}",
            event_type=type(data).__name__,
            timestamp=moment,
            causation_id=found.causation_id,
            correlation_id=found.correlation_id,
            data=data,
        )


def _quoted(number: re.Match[bytes]) -> bytes:
    return b'%b"%b"' % number.groups()


def quickened(fact: Fact) -> Any:
    """The twin of a validated fact."""
    return msgspec.convert(fact, twin(type(fact)), from_attributes=True)


def _wire_form(facts: Sequence[type[Fact]]) -> Any:
    """What `write` writes, and nothing else: an envelope for each fact, told apart by its `event_type`."""
    if len(facts) == 1:  # msgspec would take a lone tagged type without its tag
        return _wire_envelope(facts[0], [("event_type", Literal[facts[0].__name__])])
    tagged = [_wire_envelope(fact, [], tag_field="event_type", tag=fact.__name__) for fact in facts]
    return Union[tuple(tagged)]  # noqa: UP007 - the members are only known here


def _wire_envelope(fact: type[Fact], fields: list[Any], **tag: str) -> Any:
    identity = Annotated[str, Meta(min_length=1)] | None
    moment = Annotated[datetime, Meta(tz=True)]
    ids = [(name, identity, None) for name in ("event_id", "causation_id", "correlation_id")]
    fields = [*fields, *ids, ("timestamp", moment), ("data", twin(fact))]
    return msgspec.defstruct(fact.__name__, fields, kw_only=True, gc=False, **tag)  # type: ignore[arg-type] # only tags


def _complaint(error: ValidationError) -> str:
    """Every field that is wrong, by its path, and why."""
    return "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors(include_url=False))


def write(events: Sequence[Event[Any]]) -> list[bytes]:
    """The JSON of events, one each, in order; the same for the same events. Raises ValueError: a naive timestamp."""
    lines = _encode_lines([event if _is_normal(event.timestamp) else _normal(event) for event in events])
    return lines.replace(*_MICROSECONDS_TO_MILLISECONDS).split(b"\n")[:-1]  # JSON has no raw line feeds


_MICROSECONDS_TO_MILLISECONDS: Final = b'000Z","data":{', b'Z","data":{'
"""msgspec writes a fraction of a second with six digits, the language wants three. A string of JSON escapes its quotes,
so what is found is the end of a text before a key `data`: the envelope's timestamp, for `twin` refuses such a field."""


def _is_normal(moment: datetime) -> bool:
    return moment.tzinfo is UTC and not moment.microsecond % 1000


def _normal(event: Event[Any]) -> Event[Any]:
    return msgspec.structs.replace(event, timestamp=utc(event.timestamp))


def _write_custom(value: Any) -> Any:
    """What msgspec writes for the types it does not know: money as a decimal number, a model as its twin."""
    if isinstance(value, Money):
        return value.units
    if isinstance(value, Fact):
        return quickened(value)
    raise TypeError(f"no JSON for {type(value).__name__}")


_encode_lines: Final = msgspec.json.Encoder(enc_hook=_write_custom).encode_lines


def derive(cause: Event[Any], fact: Any, n: int) -> Event[Any]:
    """The n-th fact of its type that `cause` led to, as an event: the same for the same arguments.

    It happened when its cause did, and belongs to the same order, or transaction where there is no order.
    """
    name = fact.__class__.__name__
    reason = cause.event_id
    return Event(
        event_id=f"{reason}/{name}/{n}",
        event_type=name,
        timestamp=cause.timestamp,
        causation_id=reason,
        correlation_id=cause.correlation_id or _subject(fact, cause.data),
        data=fact,
    )


def _subject(fact: Any, reason: Any) -> str | None:
    for field in ("order_id", "transaction_id"):
        subject: str | None = getattr(fact, field, None) or getattr(reason, field, None)
        if subject is not None:
            return subject
    return None


def schema(facts: Sequence[type[Fact]]) -> dict[str, Any]:
    """JSON Schema of the events that carry these facts, as strangers may send them."""
    events: Any = Union[tuple(map(envelope, facts))]  # noqa: UP007 - the members are only known here
    return TypeAdapter(events).json_schema()
