"""All that an inventory rule works on: the rows of the partition in hand, its timers, and the shop's own numbers."""

from typing import Final, NamedTuple

import msgspec

from streams.rules import Rows
from streams.rules.inventory.rows import Receipt, Reservation, Split, Stock
from streams.rules.timers import DAY_MS, RETENTION_MS, Timers

LOW_STOCK: Final = 10
"""Pieces: a week of sales of a slow product."""

HOLD_MS: Final = DAY_MS
"""How long a reservation may stay open: far longer than an order may wait, so it ends only what nobody else ends."""


class Policy(msgspec.Struct, frozen=True):
    """Durations are milliseconds of event time, quantities are pieces."""

    low_stock: int = LOW_STOCK
    hold: int = HOLD_MS
    retention: int = RETENTION_MS


class Memory(NamedTuple):
    """`splits` lives in the partitions of orders, the other tables in those of products: no rule touches both."""

    splits: Rows[Split]
    stock: Rows[Stock]
    reservations: Rows[Reservation]
    receipts: Rows[Receipt]
    timers: Timers
    policy: Policy = Policy()
