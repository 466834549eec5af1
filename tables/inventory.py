"""What inventory remembers. `streams/rules/inventory/rows.py` says what the rows mean and how they are keyed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.engine import Table
from streams.rules.inventory.memory import Memory, Policy
from streams.rules.inventory.rows import Receipt, Reservation, Split, Stock

if TYPE_CHECKING:
    from streams.engine import Transaction

splits: Final[Table[Split]] = Table("splits", Split)
stock: Final[Table[Stock]] = Table("stock", Stock)
reservations: Final[Table[Reservation]] = Table("reservations", Reservation)
receipts: Final[Table[Receipt]] = Table("receipts", Receipt)

ALL: Final = (splits, stock, reservations, receipts)


def memory(tx: Transaction, policy: Policy) -> Memory:
    """What the rules work on, in this transaction."""
    return Memory(tx[splits], tx[stock], tx[reservations], tx[receipts], tx.timers, policy)
