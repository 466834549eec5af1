"""Let go of what a cancelled order holds. `Stock, exactly`, lines 1, 3, 4 and 6 of the language."""

from collections.abc import Iterator

from msgspec.structs import replace

from streams.events.base import Event, Fact
from streams.events.inventory import ReleaseStock
from streams.rules.inventory.answering import answer, recall, record_of
from streams.rules.inventory.book import Entry, book
from streams.rules.inventory.forgetting import forget_later
from streams.rules.inventory.memory import Memory
from streams.rules.inventory.rows import line_key


def release(event: Event[ReleaseStock], memory: Memory) -> Iterator[Fact]:
    """Answer with `StockReleased`, and with the new counts if the line held anything.

    A line never heard of is put on record as released, so that the `ReserveStock` it overtook holds nothing. A closed
    line is answered from its record: what was consumed, refused or has expired stays so.
    """
    key = line_key(event.data.order_id, event.data.line)
    record = recall(event.data, memory)
    if record is None:
        record = memory.reservations[key] = record_of(event, "released")
        forget_later(key, event.time, memory)
        yield answer(record)
    elif record.state != "open":
        yield answer(record)
    else:
        record = memory.reservations[key] = replace(record, state="released", at=event.time)
        yield answer(record)
        freed = Entry(record.product_id, "released", reserved=-record.quantity, order_id=record.order_id)
        yield from book(freed, memory)
