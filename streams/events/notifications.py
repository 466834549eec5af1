"""What the customer was told: one answer for each `OrderShipped`."""

from streams.events.base import Fact, Id


class SmsSent(Fact):
    """The gateway took the message."""

    order_id: Id
    customer_id: Id
    message_id: Id
    text: str


class SmsFailed(Fact):
    """The message could not be sent, and why."""

    order_id: Id
    customer_id: Id
    message_id: Id
    text: str
    reason: str
