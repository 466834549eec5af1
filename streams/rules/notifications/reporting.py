"""Say once what became of a message.

The agent asks `sent` or `failed` inside the transaction that commits the offset of the `SendSms` it has posted.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from streams.events.base import Event, Fact, quick
from streams.events.notifications import SmsFailed, SmsSent
from streams.events.outbox import SendSms
from streams.rules.notifications.memory import Memory
from streams.rules.notifications.rows import Message
from streams.rules.notifications.texts import text

sms_sent = quick(SmsSent)
sms_failed = quick(SmsFailed)


def sent(event: Event[SendSms], memory: Memory) -> Iterator[Fact]:
    """The gateway took the message."""
    command = event.data
    if _is_open(command, memory):
        message = memory.messages[command.message_id]
        memory.messages[command.message_id] = replace(message, state="sent")
        yield sms_sent(
            order_id=command.order_id,
            customer_id=command.customer_id,
            message_id=command.message_id,
            text=command.text,
        )


def failed(event: Event[SendSms], reason: str, memory: Memory) -> Iterator[Fact]:
    """The gateway did not take it, for good; `reason` is a word for programs, such as `gateway_error`."""
    if _is_open(event.data, memory):
        message = memory.messages[event.data.message_id]
        memory.messages[event.data.message_id] = replace(message, state="failed")
        yield _failure(event.data.message_id, message, event.data.text, reason)


def fail(message_id: str, message: Message, reason: str, memory: Memory) -> Fact:
    """A message that cannot even be posted."""
    memory.messages[message_id] = replace(message, state="failed")
    return _failure(message_id, message, text(None, message.order_id, message.tracking_number), reason)


def _failure(message_id: str, message: Message, words: str, reason: str) -> Fact:
    return sms_failed(
        order_id=message.order_id,
        customer_id=message.customer_id,
        message_id=message_id,
        text=words,
        reason=reason,
    )


def _is_open(command: SendSms, memory: Memory) -> bool:
    message = memory.messages.get(command.message_id)
    return message is not None and message.state == "sending"
