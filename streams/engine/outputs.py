"""What a chunk emits, by topic: loose until its record has succeeded, bytes from then on.

Facts become bytes within the transaction, so that a fact which no record can hold is a fault of its event, like any
other error of a rule. `transactions.py` emits and decides, `group.py` takes the bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from streams.engine.writer import MAX_RECORD_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.engine.service import Topic


class OutputTooLargeError(ValueError):
    """What a rule said about an event does not fit into a Kafka record."""


class Outputs(NamedTuple):
    """What goes to one topic, in order: three lists of one length."""

    keys: list[bytes]
    events: list[Any]
    values: list[bytes]


class Outbox:
    """Takes what rules emit, and holds what was released.

    Attributes:
        outputs: by topic.
    """

    def __init__(self) -> None:
        self.outputs: dict[Topic, Outputs] = {}
        self._loose: dict[Topic, list[tuple[bytes, Any]]] = {}

    def loose(self, topic: Topic) -> list[tuple[bytes, Any]]:
        """Where keys and events for a topic are put, until the next release or rollback."""
        return self._loose.setdefault(topic, [])

    def release(self) -> None:
        """Turn what is loose into bytes, all of it or nothing. Raises OutputTooLargeError, and what a topic raises."""
        written = [(topic, _written(topic, loose)) for topic, loose in self._loose.items() if loose]
        for topic, outputs in written:
            whole = self.outputs.setdefault(topic, Outputs([], [], []))
            for items, more in zip(whole, outputs, strict=True):
                items.extend(more)
        self._loose.clear()

    def rollback(self) -> None:
        """What is loose never was."""
        self._loose.clear()


def _written(topic: Topic, loose: Sequence[tuple[bytes, Any]]) -> tuple[Sequence[Any], ...]:
    keys, events = zip(*loose, strict=True)
    values = topic.write(events)
    if len(b"".join(keys)) + len(b"".join(values)) > MAX_RECORD_BYTES:  # all of them together: that is cheap to know
        _refuse_too_large(topic, keys, events, values)
    return keys, events, values


def _refuse_too_large(topic: Topic, keys: Sequence[bytes], events: Sequence[Any], values: Sequence[bytes]) -> None:
    if max(map(len, keys)) + max(map(len, values)) <= MAX_RECORD_BYTES:
        return
    for key, event, value in zip(keys, events, values, strict=True):
        size = len(key) + len(value)
        if size > MAX_RECORD_BYTES:
            kind = type(event.data).__name__
            raise OutputTooLargeError(f"{kind} needs {size} bytes; {topic.name} has room for {MAX_RECORD_BYTES}")
