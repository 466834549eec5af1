"""End reservations that nobody ended, and forget what is long closed, so that the state stays bounded.

Of an order nothing stays but the counts. A repeat that comes later than the retention is taken for news.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from streams.events.base import Event, Fact
from streams.rules.inventory.breaking import below, expire
from streams.rules.inventory.memory import Memory
from streams.rules.inventory.rows import Reservation
from streams.rules.timers import Timer, due, subject


def hold(key: str, time: int, memory: Memory) -> None:
    """End the reservation made at event time `time` if it is still open when the policy's hold is over."""
    memory.timers.set(f"hold/{key}", due(memory.timers, time, memory.policy.hold))


def forget_later(key: str, time: int, memory: Memory) -> None:
    """Delete the record of a line closed at event time `time` when the policy's retention is over."""
    memory.timers.set(f"forget/{key}", due(memory.timers, time, memory.policy.retention))


def on_timer(event: Event[Timer], memory: Memory) -> Iterator[Fact]:
    """Called for every timer that inventory's rules set."""
    match subject(event.data):
        case "hold", key:
            yield from _end(key, event.time, memory)
        case "forget", key:
            _forget(key, event.time, memory)
        case "split", key if key in memory.splits:
            del memory.splits[key]
        case "receipt", key if key in memory.receipts:
            del memory.receipts[key]


def _end(key: str, now: int, memory: Memory) -> Iterator[Fact]:
    record = memory.reservations.get(key)
    if record is not None and record.state == "open":
        yield from expire(record, now, memory)
    forget_later(key, now, memory)


def _forget(key: str, now: int, memory: Memory) -> None:
    """Delete a record, unless an open reservation lies below it: `break_newest` must find its way there."""
    record = memory.reservations.get(key)
    if record is None:
        return
    held = _open_below(record, memory)
    if held is None:
        del memory.reservations[key]
    else:
        memory.reservations[key] = replace(record, older=held)  # what is closed in between may go
        memory.timers.set(f"forget/{key}", due(memory.timers, now, memory.policy.hold))


def _open_below(record: Reservation, memory: Memory) -> str | None:
    """The key of the newest open reservation of the product that is older than this one."""
    key, above = record.older, record.version
    while key is not None:
        older = below(key, record.product_id, above, memory)
        if older is None or older.state == "open":
            return key if older else None
        key, above = older.older, older.version
    return None
