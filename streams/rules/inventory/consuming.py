"""Take off the books what has left the house. `Stock, exactly`, lines 1 and 6 of the language.

A confirmed order ships: nobody can take that back, because nobody knows whether the parcel has left. So an audit, or
the time limit, may break a reservation whose parcel is on its way. When its `ConsumeStock` comes, the counts must not
move (the reservation is closed, and what it held may be promised to others by now), but the parcel did leave. The books
then say both: a correction of +n, because the audit did not see pieces that were already packed, and a shipment of -n.
`on_hand = received + corrections - shipped` holds, nothing falls below zero, and no other order suffers.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from streams.events.base import Event, Fact
from streams.events.inventory import ConsumeStock
from streams.rules.inventory.answering import answer, recall, rejection
from streams.rules.inventory.book import Entry, book
from streams.rules.inventory.memory import Memory
from streams.rules.inventory.rows import Reservation, line_key


def consume(event: Event[ConsumeStock], memory: Memory) -> Iterator[Fact]:
    """Answer with the new counts; a line that holds nothing is answered from its record.

    A line never heard of is refused, and the refusal is not kept: it may still be reserved.
    """
    record = recall(event.data, memory)
    if record is None:
        yield _refuse(event, memory)
    elif record.state not in {"open", "expired"}:
        yield answer(record)
    else:
        key = line_key(record.order_id, record.line)
        memory.reservations[key] = replace(record, state="consumed", at=event.time)
        yield from _ship(record, memory)


def _refuse(event: Event[ConsumeStock], memory: Memory) -> Fact:
    shelf = memory.stock.get(event.data.product_id)
    if shelf is None:
        return answer(rejection(event, "unknown_product", 0))
    return answer(rejection(event, "insufficient_stock", shelf.available))


def _ship(record: Reservation, memory: Memory) -> Iterator[Fact]:
    product, order, quantity = record.product_id, record.order_id, record.quantity
    held = quantity if record.state == "open" else 0
    if not held:
        yield from book(Entry(product, "counted", on_hand=quantity, order_id=order), memory)
    yield from book(Entry(product, "shipped", on_hand=-quantity, reserved=-held, order_id=order), memory)
