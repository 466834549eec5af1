"""Ready-made events and records for the tests of the language."""

from dataclasses import dataclass
from datetime import UTC, datetime

from streams.events.base import Money, quick
from streams.events.intake import OrderItem, OrderPlaced

EXAMPLE = """{"event_id": "…", "event_type": "OrderPlaced", "timestamp": "2023-10-27T10:00:00Z",
 "data": {"order_id": 12345, "customer_id": 67890,
          "items": [{"product_id": "A101", "quantity": 2}, {"product_id": "B202", "quantity": 1}],
          "total_amount": 150.75}}""".encode()
"""As the language's documentation shows it."""

TEN = datetime(2023, 10, 27, 10, tzinfo=UTC)
ITEM = quick(OrderItem)
ITEMS = (ITEM(product_id="A101", quantity=2), ITEM(product_id="B202", quantity=1))
PLACED = quick(OrderPlaced)(order_id="12345", customer_id="67890", items=ITEMS, total_amount=Money(15075))


@dataclass
class Arrived:
    """A record as Kafka delivers it."""

    value: bytes | None
    offset: int = 7
    timestamp: int = 0
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
