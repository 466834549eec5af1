"""The only place where a count changes: every change is one numbered `InventoryUpdated`.

Hence the versions of a product are 1, 2, 3 … without a gap, and whoever reads them knows every count that ever was.
"""

from collections.abc import Iterator

import msgspec

from streams.events.base import Fact, quick
from streams.events.inventory import InventoryUpdated, StockChange, StockLow, StockReason
from streams.rules.inventory.memory import Memory
from streams.rules.inventory.rows import Stock

inventory_updated = quick(InventoryUpdated)
stock_change = quick(StockChange)
stock_low = quick(StockLow)


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One line of the book: by how many pieces the counts of a product move, either sign, and why."""

    product_id: str
    reason: StockReason
    on_hand: int = 0
    reserved: int = 0
    order_id: str | None = None
    receipt_id: str | None = None
    newest: str | None = None  # key of the reservation that this entry makes


def book(entry: Entry, memory: Memory) -> Iterator[Fact]:
    """Move the counts, and warn with `StockLow` when what is available falls below the threshold.

    Raises:
        ValueError: a count would fall below zero. It cannot happen while the rules are right; the event is set aside.
    """
    old = memory.stock.get(entry.product_id) or Stock()
    new = Stock(
        on_hand=old.on_hand + entry.on_hand,
        reserved=old.reserved + entry.reserved,
        version=old.version + 1,
        newest=entry.newest or old.newest,
    )
    available = new.available
    if new.on_hand < 0 or new.reserved < 0 or available < 0:
        raise ValueError(f"{entry} would leave {new}")
    memory.stock[entry.product_id] = new
    yield inventory_updated(
        product_id=entry.product_id,
        on_hand=new.on_hand,
        reserved=new.reserved,
        available=available,
        change=stock_change(on_hand=entry.on_hand, reserved=entry.reserved),
        reason=entry.reason,
        order_id=entry.order_id,
        receipt_id=entry.receipt_id,
        version=new.version,
    )
    low = memory.policy.low_stock
    if available < low <= old.available:
        yield stock_low(product_id=entry.product_id, available=available, threshold=low)
