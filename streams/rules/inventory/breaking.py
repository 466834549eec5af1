"""Break promises that cannot be kept: the newest first, because their customers have waited least.

The reservations of a product form a stack: `Stock.newest` is its top, `Reservation.older` leads downwards. Closed ones
stay in it until somebody passes by, so closing a reservation costs nothing here, and each is passed once.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from streams.events.base import Fact
from streams.rules.inventory.answering import answer
from streams.rules.inventory.book import Entry, book
from streams.rules.inventory.memory import Memory
from streams.rules.inventory.rows import Reservation, line_key


def expire(record: Reservation, at: int, memory: Memory) -> Iterator[Fact]:
    """End an open reservation at event time `at` in milliseconds: its pieces are free, its order is told."""
    expired = replace(record, state="expired", at=at)
    memory.reservations[line_key(record.order_id, record.line)] = expired
    yield answer(expired)
    freed = Entry(record.product_id, "expired", reserved=-record.quantity, order_id=record.order_id)
    yield from book(freed, memory)


def break_newest(product_id: str, keep: int, at: int, memory: Memory) -> Iterator[Fact]:
    """Expire the newest reservations of a known product until at most `keep` pieces are promised."""
    key = memory.stock[product_id].newest
    above = memory.stock[product_id].version + 1
    while key is not None and memory.stock[product_id].reserved > keep:
        record = below(key, product_id, above, memory)
        if record is not None and record.state == "open":
            yield from expire(record, at, memory)
        key, above = (record.older, record.version) if record else (None, above)
    memory.stock[product_id] = replace(memory.stock[product_id], newest=key)


def below(key: str, product_id: str, version: int, memory: Memory) -> Reservation | None:
    """The reservation of that key, if it lies in the product's stack below that version of the counts.

    Otherwise it was forgotten, perhaps made anew since: then nothing open lies there (see `forgetting.py`).
    """
    record = memory.reservations.get(key)
    if record is None or record.product_id != product_id or record.version >= version:
        return None
    return record
