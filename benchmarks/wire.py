"""What reading, deriving and writing one event costs, in microseconds of one core: `python -m benchmarks.wire`.

Each figure is the best of many chunks, so that a busy machine shows less. Where the time goes: `streams/wire.py`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from streams import topics, wire
from streams.events.base import Money, event_of, quick
from streams.events.intake import OrderItem, OrderPlaced
from streams.events.inventory import InventoryUpdated, StockChange

if TYPE_CHECKING:
    from collections.abc import Callable

CHUNK: Final = 500  # events, about what the engine hands over at a time
ROUNDS: Final = 200

TEN: Final = datetime(2023, 10, 27, 10, tzinfo=UTC)
ITEMS: Final = (quick(OrderItem)(product_id="A101", quantity=2), quick(OrderItem)(product_id="B202", quantity=1))
PLACED: Final = quick(OrderPlaced)(order_id="12345", customer_id="67890", items=ITEMS, total_amount=Money(15075))
CHANGE: Final = quick(StockChange)(on_hand=0, reserved=3)
UPDATED: Final = quick(InventoryUpdated)(
    product_id="A101",
    on_hand=75,
    reserved=3,
    available=72,
    change=CHANGE,
    reason="reserved",
    order_id="12345",
    version=17,
)


@dataclass
class Arrived:
    """A record as Kafka delivers it."""

    value: bytes
    offset: int = 7
    timestamp: int = 0
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


def microseconds(work: Callable[[], object]) -> float:
    """CPU time per event of work on a chunk, the best of all rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best / CHUNK * 1e6


def main() -> None:
    """Print a line per kind of event and of work."""
    order = event_of(PLACED, "orders-0-12345", TEN)
    update = wire.derive(order, UPDATED, 0)
    later = wire.derive(event_of(PLACED, "orders-0-12345", TEN + timedelta(milliseconds=123)), UPDATED, 0)
    (placed, updated, timed) = wire.write([order, update, later])
    numeric = placed.replace(b'"12345"', b"12345").replace(b'"67890"', b"67890")
    foreign = placed.replace(b'"12345"', b"12345.0")
    texts = {
        "OrderPlaced, two lines": (topics.orders, placed),
        "OrderPlaced, numbers as ids": (topics.orders, numeric),
        "OrderPlaced, by way of pydantic": (topics.orders, foreign),
        "InventoryUpdated": (topics.inventory, updated),
        "InventoryUpdated, milliseconds": (topics.inventory, timed),
    }
    for name, (topic, text) in texts.items():
        records = [Arrived(text)] * CHUNK
        print(f"read    {name:<32} {microseconds(partial(topic.read, 0, records)):6.2f}")
    for name, event in {
        "OrderPlaced": order,
        "InventoryUpdated": update,
        "InventoryUpdated, milliseconds": later,
    }.items():
        print(f"write   {name:<32} {microseconds(partial(wire.write, [event] * CHUNK)):6.2f}")
    deriving = microseconds(lambda: [topics.inventory.derive(order, UPDATED, n) for n in range(CHUNK)])
    print(f"derive  {'InventoryUpdated':<32} {deriving:6.2f}")


if __name__ == "__main__":
    main()
