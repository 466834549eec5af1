"""An attempt to pay for an order, keyed by transaction id in the card's partition, and all that a rule works on."""

from typing import Literal, NamedTuple

import msgspec

from streams.rules import Rows
from streams.rules.timers import RETENTION_MS, Timers

Outcome = Literal["authorised", "fraud", "declined", "gateway_error"]


class Attempt(msgspec.Struct, frozen=True, gc=False):
    """The attempt and its verdict race: whichever comes first waits for the other."""

    order_id: str
    at: int  # event time of the first word about it, milliseconds
    amount: int | None = None  # minor units; None until the attempt itself has arrived
    cleared: bool = False
    outcome: Outcome | None = None


class Policy(msgspec.Struct, frozen=True):
    """Durations are milliseconds of event time."""

    retention: int = RETENTION_MS


class Memory(NamedTuple):
    """Everything lives in the partition of its card."""

    attempts: Rows[Attempt]
    timers: Timers
    policy: Policy = Policy()
