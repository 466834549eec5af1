"""What shipping remembers: one parcel per order. `streams/rules/shipping/rows.py` says what a row means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.engine import Table
from streams.rules.shipping.rows import Memory, Shipment

if TYPE_CHECKING:
    from streams.engine import Transaction

shipments: Final[Table[Shipment]] = Table("shipments", Shipment)

ALL: Final = (shipments,)


def memory(tx: Transaction) -> Memory:
    """What the rules work on, in this transaction."""
    return Memory(tx[shipments], tx.timers)
