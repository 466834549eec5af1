"""A customer becomes known, or her patience ends: either way those who wait for her are answered."""

from collections.abc import Iterator

from streams.events.base import Event, Fact
from streams.events.intake import UserCreated
from streams.rules.notifications.addressing import dispatch
from streams.rules.notifications.memory import Memory
from streams.rules.notifications.reporting import fail
from streams.rules.notifications.rows import Recipient
from streams.rules.notifications.waiting import forget_later, leave, waiting_for
from streams.rules.timers import Timer, subject


def welcome(event: Event[UserCreated], memory: Memory) -> Iterator[Fact]:
    """Remember the latest word about a customer, and send what waited for her."""
    user = event.data
    known = memory.recipients.get(user.customer_id)
    if known is not None and event.time < known.at:
        return
    recipient = memory.recipients[user.customer_id] = Recipient(user.phone, user.locale, event.time)
    for message_id, message in waiting_for(user.customer_id, memory):
        yield dispatch(message_id, message, recipient, memory)


def on_timer(event: Event[Timer], memory: Memory) -> Iterator[Fact]:
    """Called for every timer that the notifications rules set."""
    match subject(event.data):
        case "wait", message_id:
            yield from _give_up(message_id, memory)
            forget_later(message_id, event.time, memory)
        case "forget", message_id if message_id in memory.messages:
            del memory.messages[message_id]


def _give_up(message_id: str, memory: Memory) -> Iterator[Fact]:
    message = memory.messages.get(message_id)
    if message is not None and message.state == "waiting":
        leave(message_id, message, memory)
        yield fail(message_id, message, "no_phone", memory)
