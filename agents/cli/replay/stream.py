"""A recorded stream: attempts and labels in event-time order, a label where it was due, as CSV."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from zlib import crc32

from agents.cli.errors import UserError
from streams.events.base import Event, Money, quick
from streams.events.payments import TransactionAttempted, TransactionLabelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

COLUMNS: Final = "kind,seconds,transaction,card,terminal,cents,fraud"
EPOCH: Final = datetime(2024, 1, 1, tzinfo=UTC)
"""Second 0 of a stream; any midnight would do."""

ID_DIGITS: Final = 12
"""Of a row's number, which begins the ids of all that follows from the row: their order is the stream's."""

attempted, labelled = quick(TransactionAttempted), quick(TransactionLabelled)


class Mark(NamedTuple):
    """A place in a stream, and what tells whether another stream is the same up to there."""

    rows: int = 0
    first: str = ""
    crc: int = 0
    seconds: int = 0


def rank(event: Event[Any]) -> str:
    """The row that an event follows from."""
    return event.event_id[:ID_DIGITS]


class Stream:
    """The rows of a stream as events.

    Args:
        lines: of the file, the header first.
        name: of the file, for complaints.
        begin: where to begin: skips what an earlier run has read. A stream with another first row is taken as what
            comes after it.

    Raises:
        UserError: this is no such stream, or not the one that `begin` was taken from.
    """

    def __init__(self, lines: Iterable[str], name: str, begin: Mark | None = None) -> None:
        self._lines, self._name = iter(lines), name
        self.mark = begin or Mark()
        header = next(self._lines, "").strip()
        if header != COLUMNS:
            raise UserError(f"{name}: the first line must be {COLUMNS}")
        if begin is not None and begin.rows:
            self._go_to(begin)

    def events(self) -> Iterator[Event[Any]]:
        """The events, in order; `mark` is behind the one that was yielded last."""
        number, first, crc, _ = self.mark
        for line in self._lines:
            row = line.rstrip("\r\n")
            crc = crc32(row.encode(), crc)
            seconds, event = self._event(number, row)
            number, first = number + 1, first or row
            self.mark = Mark(number, first, crc, seconds)
            yield event

    def _go_to(self, begin: Mark) -> None:
        first = next(self._lines, "")
        if first.rstrip("\r\n") != begin.first:
            self._lines = chain([first] if first else [], self._lines)
            if first and self._event(0, first.rstrip("\r\n"))[0] < begin.seconds:
                raise UserError(f"{self._name} is another stream, and begins before the end of the one that was saved")
            return
        crc, count = crc32(begin.first.encode()), 1
        for line in islice(self._lines, begin.rows - 1):
            crc, count = crc32(line.rstrip("\r\n").encode(), crc), count + 1
        if (count, crc) != (begin.rows, begin.crc):
            raise UserError(f"{self._name} is not the stream that was saved: its first {begin.rows:,} rows differ")

    def _event(self, number: int, row: str) -> tuple[int, Event[Any]]:
        try:
            kind, seconds, transaction, card, terminal, cents, fraud = row.split(",") if '"' not in row else _split(row)
            fact = _fact(kind, transaction, card, terminal, cents, fraud)
            second = int(seconds)
            time = EPOCH + timedelta(seconds=second)
        except (ValueError, OverflowError) as error:
            raise UserError(f"{self._name}, row {number + 1}: {row!r}: {error}") from error
        name = f"{number:0{ID_DIGITS}d}"
        return second, Event(event_id=name, event_type=type(fact).__name__, timestamp=time, data=fact)


def _fact(kind: str, transaction: str, card: str, terminal: str, cents: str, fraud: str) -> Any:  # noqa: PLR0913, PLR0917 -- a row's fields
    if kind == "attempt":
        amount = Money(cents)
        if amount < 0:
            raise ValueError("an amount is not below zero")
        return attempted(transaction_id=transaction, card_id=card, terminal_id=terminal, amount=amount)
    if kind == "label" and fraud in {"0", "1"}:
        return labelled(transaction_id=transaction, card_id=card, fraud=fraud == "1")
    raise ValueError("a row is an attempt, or a label with 0 or 1 for fraud")


def _split(row: str) -> list[str]:
    return next(csv.reader([row]))
