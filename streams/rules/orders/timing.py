"""End an order that waits too long, and forget one that is long over."""

from collections.abc import Iterator

from streams.events.base import Event, Fact
from streams.rules.orders.deciding import cancel
from streams.rules.orders.memory import Memory
from streams.rules.timers import Timer, due, subject


def limit(order_id: str, time: int, memory: Memory) -> None:
    """Start the time limit, again if it runs already: it counts from the order, not from what came before it."""
    memory.timers.set(f"limit/{order_id}", due(memory.timers, time, memory.policy.time_limit))


def on_timer(event: Event[Timer], memory: Memory) -> Iterator[Fact]:
    """Called for every timer that the orders rules set."""
    match subject(event.data):
        case "limit", order_id:
            yield from _time_out(order_id, event.time, memory)
            _forget_later(order_id, event.time, memory)
        case "forget", order_id:
            _forget(order_id, event.time, memory)


def _time_out(order_id: str, now: int, memory: Memory) -> Iterator[Fact]:
    """Cancel what still waits. Of an order that has not come, only a customer's wish is answered.

    What others said of it is kept: they will not say it again, and the order may only be held up.
    """
    order = memory.orders.get(order_id)
    if order is None or order.status != "waiting":
        return
    if order.cancel_requested:
        yield cancel(order_id, order, "customer", now, memory)
    elif order.lines is not None:
        yield cancel(order_id, order, "timeout", now, memory)


def _forget_later(order_id: str, now: int, memory: Memory) -> None:
    if order_id in memory.orders:
        memory.timers.set(f"forget/{order_id}", now + memory.policy.retention)


def _forget(order_id: str, now: int, memory: Memory) -> None:
    order = memory.orders.get(order_id)
    if order is not None and order.status == "confirmed":
        _forget_later(order_id, now, memory)
    elif order is not None:
        del memory.orders[order_id]
