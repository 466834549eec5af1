"""What payments remembers: one row per attempt. `streams/rules/payments/rows.py` says what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.engine import Table
from streams.rules.payments.rows import Attempt, Memory

if TYPE_CHECKING:
    from streams.engine import Transaction

attempts: Final[Table[Attempt]] = Table("attempts", Attempt)

ALL: Final = (attempts,)


def memory(tx: Transaction) -> Memory:
    """What the rules work on, in this transaction."""
    return Memory(tx[attempts], tx.timers)
