"""What sequences of events amount to: one fact per window and key, once the window's time is over.

Every windowed result has the same shape, so that one reader shows them all; the class says what was measured.
"""

from typing import Annotated

from pydantic import Strict

from streams.events.base import Fact, Flag, Id, Millis, Number

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
