"""Promise the pieces of one line, or refuse them. `Stock, exactly`, lines 1, 2, 4 and 6 of the language."""

from collections.abc import Iterator

from streams.events.base import Event, Fact
from streams.events.inventory import RejectReason, ReserveStock
from streams.rules.inventory.answering import answer, recall, rejection
from streams.rules.inventory.book import Entry, book
from streams.rules.inventory.forgetting import forget_later, hold
from streams.rules.inventory.memory import Memory
from streams.rules.inventory.rows import Reservation, Stock, line_key


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
        return
    key = line_key(command.order_id, command.line)
    yield answer(_promise(key, event, shelf, memory))
    entry = Entry(command.product_id, "reserved", reserved=command.quantity, order_id=command.order_id, newest=key)
    yield from book(entry, memory)


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


def _promise(key: str, event: Event[ReserveStock], shelf: Stock, memory: Memory) -> Reservation:
    """Put an open reservation on top of the product's stack."""
    command, at = event.data, event.time
    record = memory.reservations[key] = Reservation(
        command.order_id,
        command.line,
        command.product_id,
        command.quantity,
        "open",
        at,
        older=shelf.newest,
        version=shelf.version + 1,
    )
    hold(key, at, memory)
    return record
