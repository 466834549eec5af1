"""Turn an order into commands, one per line, in the order's own partition.

The line is the item's position, so two lines of the same product stay two lines. The commands are answered where the
products live: `reserving.py`, `releasing.py`, `consuming.py`.
"""

from collections.abc import Iterator
from typing import Any

from streams.events.base import Event, Fact, quick
from streams.events.intake import OrderPlaced
from streams.events.inventory import ConsumeStock, ReleaseStock, ReserveStock
from streams.events.orders import OrderCancelled
from streams.events.shipping import OrderShipped
from streams.rules.inventory.memory import Memory
from streams.rules.inventory.rows import Line, Split
from streams.rules.timers import due

reserve_stock = quick(ReserveStock)
release_stock = quick(ReleaseStock)
consume_stock = quick(ConsumeStock)


def split(event: Event[OrderPlaced], memory: Memory) -> Iterator[Fact]:
    """Ask for every line.

    An order placed twice asks for the lines of the first time, and is answered from their records. An order whose
    cancellation came first has no lines to ask for.
    """
    order = event.data.order_id
    row = memory.splits.get(order)
    if row is None:
        row = Split(_lines(event.data.items))
        _remember(order, row, event.time, memory)
    for line in row.lines:
        yield reserve_stock(order_id=order, product_id=line.product_id, quantity=line.quantity, line=line.line)


def undo(event: Event[OrderCancelled], memory: Memory) -> Iterator[Fact]:
    """Release the lines that may hold stock: those the cancellation names, or else all.

    A cancellation that came before its order is only remembered: nothing was asked for, so nothing is held.
    """
    order, named = event.data.order_id, event.data.lines
    row = memory.splits.get(order)
    if row is None:
        _remember(order, Split(cancelled=True), event.time, memory)
    elif not row.cancelled:
        memory.splits[order] = Split(row.lines, cancelled=True)
        for line in row.lines if named is None else named:
            yield release_stock(order_id=order, product_id=line.product_id, quantity=line.quantity, line=line.line)


def ship(event: Event[OrderShipped], _memory: Memory) -> Iterator[Fact]:
    """Consume what every line holds."""
    order = event.data.order_id
    for line in _lines(event.data.items):
        yield consume_stock(order_id=order, product_id=line.product_id, quantity=line.quantity, line=line.line)


def _lines(items: Any) -> tuple[Line, ...]:
    return tuple(Line(line, item.product_id, item.quantity) for line, item in enumerate(items))


def _remember(order_id: str, row: Split, time: int, memory: Memory) -> None:
    memory.splits[order_id] = row
    memory.timers.set(f"split/{order_id}", due(memory.timers, time, memory.policy.retention))
