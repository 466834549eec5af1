"""All that an orders rule works on: the rows of the partition in hand, its timers, and the shop's own choices."""

from typing import Final, Literal, NamedTuple

import msgspec

from streams.rules import Rows
from streams.rules.orders.rows import Order
from streams.rules.timers import MINUTE_MS, RETENTION_MS, Timers

TIME_LIMIT_MS: Final = 30 * MINUTE_MS
"""A customer who sees no answer for longer has gone elsewhere."""

PaymentPolicy = Literal["with_card", "always", "never"]


class Policy(msgspec.Struct, frozen=True):
    """Durations are milliseconds of event time. `payment`: which orders wait to be paid; others are on account."""

    time_limit: int = TIME_LIMIT_MS
    payment: PaymentPolicy = "with_card"
    retention: int = RETENTION_MS

    def needs_payment(self, order: Order) -> bool:
        """True when the order waits for its payment to be authorised."""
        return self.payment == "always" or (self.payment == "with_card" and order.with_card)


class Memory(NamedTuple):
    """Everything lives in the partition of its order."""

    orders: Rows[Order]
    timers: Timers
    policy: Policy = Policy()
