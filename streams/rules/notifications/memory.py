"""All that a notifications rule works on: the rows of the partition in hand, its timers, and the shop's own numbers."""

from typing import Final, NamedTuple

import msgspec

from streams.rules import Rows
from streams.rules.notifications.rows import Message, Queue, Recipient
from streams.rules.timers import MINUTE_MS, RETENTION_MS, Timers

PATIENCE_MS: Final = 10 * MINUTE_MS
"""An SMS that comes much later than the parcel's departure annoys more than it helps."""

QUEUE_LIMIT: Final = 100
"""Messages that may wait for one customer: the queue is one row, and nobody reads a hundred messages at once."""


class Policy(msgspec.Struct, frozen=True):
    """Durations are milliseconds of event time."""

    patience: int = PATIENCE_MS
    queue_limit: int = QUEUE_LIMIT
    retention: int = RETENTION_MS


class Memory(NamedTuple):
    """Everything lives in the partition of its customer."""

    recipients: Rows[Recipient]
    messages: Rows[Message]
    queues: Rows[Queue]
    timers: Timers
    policy: Policy = Policy()
