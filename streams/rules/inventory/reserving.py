"""Promise the pieces of one line, or refuse them. `Stock, exactly`, lines 1, 2, 4 and 6 of the language."""

from collections.abc import Iterator

from msgspec.structs import replace

from streams.events.base import Event, Fact
from streams.events.inventory import RejectReason, ReserveStock
from streams.rules.inventory.answering import answer, recall, record_of, rejection
from streams.rules.inventory.book import Entry, book
from streams.rules.inventory.forgetting import forget_later, hold
from streams.rules.inventory.memory import Memory
from streams.rules.inventory.rows import Stock, line_key


def reserve(event: Event[ReserveStock], memory: Memory) -> Iterator[Fact]:
    """Answer with `StockReserved` and the new counts, or with `StockRejected`.

    A line that is on record is answered from its record. In particular a line that was released before it was reserved
    stays released: a cancellation that overtakes its order wins.
    """
    command = event.data
    record = recall(command, memory)
    if record is not None:
        yield answer(record)
        return
    shelf = memory.stock.get(command.product_id)
    reason = _refusal(command.quantity, shelf)
    if shelf is None or reason is not None:
        yield _refuse(event, reason or "unknown_product", shelf.available if shelf else 0, memory)
    else:
        yield from _promise(event, shelf, memory)


def _refusal(quantity: int, shelf: Stock | None) -> RejectReason | None:
    if quantity < 1:
        return "invalid_quantity"
    if shelf is None:
        return "unknown_product"
    return "insufficient_stock" if quantity > shelf.available else None


def _refuse(event: Event[ReserveStock], reason: RejectReason, available: int, memory: Memory) -> Fact:
    key = line_key(event.data.order_id, event.data.line)
    record = memory.reservations[key] = rejection(event, reason, available)
    forget_later(key, event.time, memory)
    return answer(record)


def _promise(event: Event[ReserveStock], shelf: Stock, memory: Memory) -> Iterator[Fact]:
    command = event.data
    key = line_key(command.order_id, command.line)
    record = replace(record_of(event, "open"), older=shelf.newest, version=shelf.version + 1)
    memory.reservations[key] = record
    hold(key, event.time, memory)
    yield answer(record)
    entry = Entry(command.product_id, "reserved", reserved=command.quantity, order_id=command.order_id, newest=key)
    yield from book(entry, memory)
