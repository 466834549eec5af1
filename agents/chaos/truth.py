"""What the counting service must have said, by arithmetic, from its committed input alone.

Nothing here comes from the service or the engine: plain JSON, sums and sets. Asked by `judge.py`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agents.verify.record import Record

UNREADABLE = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One output, as it must be."""

    source: str
    key: str
    id: str
    count: int
    amount: int
    repeated: bool


class Truth:
    """Args: records: all of the input topic; in order within each partition."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.inputs = 0
        self.values: set[bytes] = set()
        self.answers: dict[int, list[Answer]] = defaultdict(list)  # by partition, in order
        self.unreadable: set[str] = set()  # places of inputs that must be dead letters
        self.rows: dict[int, dict[str, Any]] = defaultdict(dict)  # by partition: the tables at the end
        for record in records:
            self._take(record)

    def _take(self, record: Record) -> None:
        self.inputs += 1
        self.values.add(record.value or b"")
        number = _read(record.value)
        if number is UNREADABLE:
            self.unreadable.add(str(record.position))
        else:
            self._add(record, (record.key or b"").decode(), *number)

    def _add(self, record: Record, key: str, number: str, amount: int) -> None:
        rows = self.rows[record.position.partition]
        total = rows.get(f"totals/{key}", {"count": 0, "amount": 0})
        repeated = f"seen/{number}" in rows
        if not repeated:
            total = {"count": total["count"] + 1, "amount": total["amount"] + amount}
            rows |= {f"seen/{number}": True, f"totals/{key}": total}
        answer = Answer(str(record.position), key, number, total["count"], total["amount"], repeated)
        self.answers[record.position.partition].append(answer)


def _read(value: bytes | None) -> tuple[str, int] | None:
    try:
        number = json.loads(value or b"")
        return number["id"], number["amount"]
    except ValueError:
        return UNREADABLE


def answer(record: Record) -> Answer:
    """An output as it is."""
    told = json.loads(record.value or b"")
    return Answer(**told)
