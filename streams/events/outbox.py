"""What the notifications service tells itself: a message to write, then a message to send.

`OrderShipped` is keyed by order, customers by customer: the request travels to the customer's partition. Sending is an
event of its own because it talks to a gateway, which no transaction can take back.
"""

from __future__ import annotations

from streams.events.base import Fact, Id


class SmsRequested(Fact):
    """A customer is to be told that an order has shipped. The same order always asks for the same message id."""

    message_id: Id
    order_id: Id
    customer_id: Id
    tracking_number: str


class SendSms(Fact):
    """Post this text to this phone; `message_id` is the gateway's idempotency key, so posting twice sends once."""

    message_id: Id
    order_id: Id
    customer_id: Id
    phone: str
    text: str
