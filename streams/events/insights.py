"""What sequences of events amount to: one fact per window and key, once the window's time is over.

Every windowed result has the same shape, so that one reader shows them all; the class says what was measured.
"""

from typing import Annotated

from pydantic import Strict

from streams.events.base import Fact, Flag, Id, Level, Line, Millis, Number

Whole = Annotated[int, Strict()]


class WindowedResult(Fact):
    """What was measured for `key` in event time from `start` up to, not including, `end`.

    `window` names the window, such as `sales-1h`. `final` is true for the one result after which nothing more will
    come. `values` holds the measures by name; sums of money are units of currency.
    """

    window: str
    key: Id
    start: Millis
    end: Millis
    final: Flag
    values: dict[str, Whole | Number]


class ProductSalesCounted(WindowedResult):
    """Orders and pieces of a product; `key` is the product_id."""


class CardSpendingSummed(WindowedResult):
    """Attempts and amounts of a card; `key` is the card_id."""


class TerminalRiskMeasured(WindowedResult):
    """Attempts and detections at a terminal; `key` is the terminal_id."""


class StockMovementSummed(WindowedResult):
    """Pieces of a product that came and went, by reason; `key` is the product_id."""


class CustomerSessionCounted(WindowedResult):
    """Orders of a customer without a long pause between two; `key` is the customer_id, `end` is the pause's end."""


class CardFailuresCounted(WindowedResult):
    """Payments of a card that failed up to an instant, the last failure's; `key` is the card_id."""


class TopSellersRanked(WindowedResult):
    """Pieces sold of the best products, best first, by product_id; `key` is the whole shop's."""


class StockOutForecast(Fact):
    """At the pace of its orders a product lasts for less than the threshold. Said once each time it falls below.

    `daily_demand` is pieces ordered per day; `runs_out` is when nothing will be available.
    """

    key: Id
    available: Level
    daily_demand: Number
    days_of_cover: Number
    threshold_days: Number
    runs_out: Millis


class LateEvent(Fact):
    """An event that came when its window had closed, and so is in no result. One for each window it missed.

    `window`, `start`, `end`: the window, for `missed_by` (a product, a card, ...); `watermark`: what the event was too
    old for. `topic`, `partition`, `offset`: where the event lies; `event`: its JSON; `key`: its record's key.
    """

    key: str
    window: str
    missed_by: str
    start: Millis
    end: Millis
    watermark: Millis
    topic: str
    partition: Line
    offset: Line
    event: str
