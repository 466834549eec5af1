"""What notifications remembers: whom to write to, each message, and who waits for a customer to be known."""

from typing import Literal

import msgspec

State = Literal["waiting", "sending", "sent", "failed"]


class Recipient(msgspec.Struct, frozen=True, gc=False):
    """The latest word about a customer, keyed by customer id."""

    phone: str
    locale: str | None
    at: int  # event time of that word, milliseconds


class Message(msgspec.Struct, frozen=True, gc=False):
    """One message to one customer, keyed by message id."""

    order_id: str
    customer_id: str
    tracking_number: str
    state: State


class Queue(msgspec.Struct, frozen=True, gc=False):
    """Messages that wait for a customer to become known, keyed by customer id."""

    message_ids: tuple[str, ...] = ()
