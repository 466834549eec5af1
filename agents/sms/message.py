"""What a gateway needs to know."""

from typing import NamedTuple


class Sms(NamedTuple):
    """One text message. `message_id` is ASCII: it is the idempotency key, and travels in an HTTP header."""

    message_id: str
    phone: str
    text: str
