"""What the warehouse reports: goods that came in, and goods that were counted by hand."""

from streams.events.base import Fact, Id, Level, Received


class StockReceived(Fact):
    """So many more pieces. The receipt counts once, however often it is told."""

    receipt_id: Id
    product_id: Id
    quantity: Received


class StockCounted(Fact):
    """An audit: so many pieces are there, whatever the books say."""

    count_id: Id
    product_id: Id
    on_hand: Level
