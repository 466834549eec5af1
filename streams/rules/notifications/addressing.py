"""Find the phone for a message, and the words.

The request comes from the partition of an order, so its first rule remembers nothing: a repeated `OrderShipped` asks
again for the same message id, and the customer's partition knows it.
"""

from collections.abc import Iterator
from urllib.parse import quote

from msgspec.structs import replace

from streams.events.base import Event, Fact, quick
from streams.events.outbox import SendSms, SmsRequested
from streams.events.shipping import OrderShipped
from streams.rules.notifications.memory import Memory
from streams.rules.notifications.reporting import fail
from streams.rules.notifications.rows import Message, Recipient
from streams.rules.notifications.texts import text
from streams.rules.notifications.waiting import forget_later, wait

sms_requested = quick(SmsRequested)
send_sms = quick(SendSms)


def request(event: Event[OrderShipped], _memory: Memory) -> Iterator[Fact]:
    """Ask for the message that an order has shipped."""
    shipped = event.data
    yield sms_requested(
        message_id=message_id(shipped.order_id),
        order_id=shipped.order_id,
        customer_id=shipped.customer_id,
        tracking_number=shipped.tracking_number,
    )


def message_id(order_id: str) -> str:
    """One order, one message. Plain ASCII, because it travels in an HTTP header."""
    return f"shipped-{quote(order_id, safe='')}"


def address(event: Event[SmsRequested], memory: Memory) -> Iterator[Fact]:
    """Send it to a known customer; for one that is not known yet, wait."""
    asked = event.data
    if asked.message_id in memory.messages:
        return
    message = Message(asked.order_id, asked.customer_id, asked.tracking_number, "waiting")
    recipient = memory.recipients.get(asked.customer_id)
    if recipient is not None:
        forget_later(asked.message_id, event.time, memory)
        yield dispatch(asked.message_id, message, recipient, memory)
    elif not wait(asked.message_id, message, event.time, memory):
        forget_later(asked.message_id, event.time, memory)
        yield fail(asked.message_id, message, "no_phone", memory)


def dispatch(message_id: str, message: Message, recipient: Recipient, memory: Memory) -> Fact:
    """The command to send, or the word that there is no phone to send it to."""
    if not recipient.phone.strip():
        return fail(message_id, message, "no_phone", memory)
    memory.messages[message_id] = replace(message, state="sending")
    return send_sms(
        message_id=message_id,
        order_id=message.order_id,
        customer_id=message.customer_id,
        phone=recipient.phone,
        text=text(recipient.locale, message.order_id, message.tracking_number),
    )
