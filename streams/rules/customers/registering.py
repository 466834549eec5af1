"""The latest word on a customer holds: latest by event time, and of two at the same time the one that stands later."""

from streams.events.base import Event
from streams.events.intake import UserCreated
from streams.rules.customers.rows import Customer, Memory


def register(event: Event[UserCreated], memory: Memory) -> None:
    """Remember a customer. Repeats and stragglers change nothing."""
    user = event.data
    known = memory.customers.get(user.customer_id)
    if known is None or event.time >= known.at:
        memory.customers[user.customer_id] = Customer(user.name, user.phone, user.locale, event.time)
