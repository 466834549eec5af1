"""What insights remembers: a table per window, and the rows of `streams/rules/insights/rows.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from streams.engine import Table
from streams.rules.insights import measures
from streams.rules.insights.desk import JOIN, LEVELS, Desk, Policy
from streams.rules.insights.rows import Cover, Order, Seen

if TYPE_CHECKING:
    from streams.engine import Transaction

orders: Final[Table[Order]] = Table("orders", Order)
seen: Final[Table[Seen]] = Table("seen", Seen)
covers: Final[Table[Cover]] = Table("covers", Cover)
levels: Final[Table[Any]] = Table(LEVELS, measures.stock_levels.row)
windows: Final[dict[str, Table[Any]]] = {
    **{measure.name: Table(measure.name, measure.windowed.row) for measure in measures.ALL},
    JOIN: Table(JOIN, measures.failed_attempts.row),
    LEVELS: levels,
}

ALL: Final[tuple[Table[Any], ...]] = (orders, seen, covers, *windows.values())


class Source:
    """The chunk in hand, as rules see it."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self.lane, self.watermark = tx.lane, tx.watermark

    def where(self, event: Any) -> tuple[str, int, int]:
        chunk = self._tx.chunk
        return chunk.topic.name, chunk.partition, self._tx.record(event).offset

    def source(self, event: Any) -> tuple[bytes | None, bytes | None]:
        record = self._tx.record(event)
        return record.key, record.value


def desk(tx: Transaction, policy: Policy) -> Desk:
    """What the rules work on, in this transaction."""
    rows = {name: tx[table] for name, table in windows.items()}
    return Desk(tx[orders], tx[seen], tx[covers], rows, tx.timers, Source(tx), {}, policy)
