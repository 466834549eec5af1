"""What customers remembers: the latest word on each customer, keyed by customer id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.engine import Table
from streams.rules.customers.rows import Customer, Memory

if TYPE_CHECKING:
    from streams.engine import Transaction

customers: Final[Table[Customer]] = Table("customers", Customer)

ALL: Final = (customers,)


def memory(tx: Transaction) -> Memory:
    """What the rules work on, in this transaction."""
    return Memory(tx[customers])
