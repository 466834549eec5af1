"""Put deliveries and audits on the books, each once. `Stock, exactly`, line 5 of the language.

The warehouse's topic is its book: entries count in the order in which they stand there, not by the time they carry.
"""

from collections.abc import Iterator
from urllib.parse import quote

from streams.events.base import Event, Fact
from streams.events.warehouse import StockCounted, StockReceived
from streams.rules.inventory.book import Entry, book
from streams.rules.inventory.breaking import break_newest
from streams.rules.inventory.memory import Memory
from streams.rules.inventory.rows import Receipt
from streams.rules.timers import due


def receive(event: Event[StockReceived], memory: Memory) -> Iterator[Fact]:
    """Add a delivery; from then on the product is known. A repeated receipt is silent: it was answered."""
    product, receipt = event.data.product_id, event.data.receipt_id
    if _is_new(_key("received", product, receipt), event.time, memory):
        yield from book(Entry(product, "received", on_hand=event.data.quantity, receipt_id=receipt), memory)


def count(event: Event[StockCounted], memory: Memory) -> Iterator[Fact]:
    """Set what is on hand, after breaking the newest reservations that it no longer covers.

    The count's id is the `receipt_id` of the booking. A repeated count is silent.
    """
    product, audit, found = event.data.product_id, event.data.count_id, event.data.on_hand
    if not _is_new(_key("counted", product, audit), event.time, memory):
        return
    shelf = memory.stock.get(product)
    if shelf is not None:
        yield from break_newest(product, found, event.time, memory)
    correction = found - (shelf.on_hand if shelf else 0)
    yield from book(Entry(product, "counted", on_hand=correction, receipt_id=audit), memory)


def _key(kind: str, product_id: str, document_id: str) -> str:
    """A delivery note may list several products, and ids may contain anything."""
    return f"{kind}/{quote(product_id, safe='')}/{quote(document_id, safe='')}"


def _is_new(key: str, time: int, memory: Memory) -> bool:
    if key in memory.receipts:
        return False
    memory.receipts[key] = Receipt(time)
    memory.timers.set(f"receipt/{key}", due(memory.timers, time, memory.policy.retention))
    return True
