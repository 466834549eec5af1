"""What orders remembers: one row per order. `streams/rules/orders/rows.py` says what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.engine import Table
from streams.rules.orders.memory import Memory, Policy
from streams.rules.orders.rows import Order

if TYPE_CHECKING:
    from streams.engine import Transaction

orders: Final[Table[Order]] = Table("orders", Order)

ALL: Final = (orders,)


def memory(tx: Transaction, policy: Policy) -> Memory:
    """What the rules work on, in this transaction."""
    return Memory(tx[orders], tx.timers, policy)
