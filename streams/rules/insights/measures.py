"""The windows of the shop, each with its name, its aggregation, and the fact that says its result.

Sizes are event time in milliseconds. Amounts are counted in minor units and said in units of currency.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from streams.events.base import Money, quick
from streams.events.insights import (
    CardFailuresCounted,
    CardSpendingSummed,
    CustomerSessionCounted,
    ProductSalesCounted,
    StockMovementSummed,
    TopSellersRanked,
    WindowedResult,
)
from streams.rules.insights.rows import Levels
from streams.rules.timers import DAY_MS, HOUR_MS, MINUTE_MS
from streams.windows import (
    Count,
    Hopping,
    Interval,
    Session,
    Sliding,
    Sum,
    Together,
    TopK,
    Tumbling,
    Versions,
    Windowed,
)
from streams.windows.keeper import Kind

Values: TypeAlias = dict[str, int | float]

GRACE_MS: Final = MINUTE_MS
"""How long a window waits for stragglers behind the watermark: insight may be a minute old, a count should be whole."""

SHORT_RETENTION_MS: Final = 6 * HOUR_MS
LONG_RETENTION_MS: Final = 31 * DAY_MS
"""How long closed windows can be read: short ones for a shift, hours and days for a month."""

PAUSE_MS: Final = 30 * MINUTE_MS
"""A customer who is silent for so long has left the shop: web analytics' usual end of a session."""

FAILURE_SPAN_MS: Final = 10 * MINUTE_MS
FAILURE_WAIT_MS: Final = HOUR_MS
"""A payment fails within so long after its attempt: longer than any order waits for its payment by default."""

STOCK_RETENTION_MS: Final = DAY_MS
"""How far back one can ask what was in stock. Each change within it is a row."""

BEST: Final = 10
"""Places on the board of best sellers."""

BOARD: Final = "all"
"""The one key of what is ranked over the whole shop: one task hears of every sale, and holds the hour's products."""


@dataclass(frozen=True, eq=False)
class Measure:
    """A windowed aggregation of the shop.

    Args:
        name: of the window, in results and addresses.
        windowed: the windows.
        says: makes the fact of a result.
        values: the aggregation's result as measures by name.
    """

    name: str
    windowed: Windowed
    says: Callable[..., WindowedResult]
    values: Callable[[Any], Values]


def _windowed(kind: Kind, aggregation: Any, retention_ms: int = SHORT_RETENTION_MS) -> Windowed:
    return Windowed(kind, aggregation, grace_ms=GRACE_MS, retention_ms=retention_ms)


def _with_amount(name: str) -> Callable[[Values], Values]:
    """The measure of this name is money."""
    return lambda values: {**values, name: Money(values[name]).units}


_same: Final[Callable[[Any], Values]] = dict
_sales: Final = Together(orders=Count(), units=Sum(), revenue=Sum())
_movements: Final = Together(
    changes=Count(), received=Sum(), shipped=Sum(), corrected=Sum(), reserved=Sum(), released=Sum()
)
_sold: Final = quick(ProductSalesCounted), _with_amount("revenue")

sales_minute: Final = Measure("sales-1m", _windowed(Tumbling(MINUTE_MS), _sales), *_sold)
sales_hour: Final = Measure("sales-1h", _windowed(Hopping(HOUR_MS, MINUTE_MS), _sales), *_sold)
sales_day: Final = Measure("sales-1d", _windowed(Tumbling(DAY_MS), _sales, LONG_RETENTION_MS), *_sold)
SALES: Final = (sales_minute, sales_hour, sales_day)

best_sellers: Final = Measure(
    "top-sellers-1h", _windowed(Tumbling(HOUR_MS), TopK(BEST), LONG_RETENTION_MS), quick(TopSellersRanked), _same
)
stock_hour: Final = Measure(
    "stock-1h", _windowed(Tumbling(HOUR_MS), _movements, LONG_RETENTION_MS), quick(StockMovementSummed), _same
)
sessions: Final = Measure(
    "sessions",
    _windowed(Session(PAUSE_MS), Together(orders=Count(), amount=Sum()), LONG_RETENTION_MS),
    quick(CustomerSessionCounted),
    _with_amount("amount"),
)
spending_hour: Final = Measure(
    "spending-1h",
    _windowed(Tumbling(HOUR_MS), Together(attempts=Count(), amount=Sum())),
    quick(CardSpendingSummed),
    _with_amount("amount"),
)
card_failures: Final = Measure(
    "failed-payments-10m",
    _windowed(Sliding(FAILURE_SPAN_MS), Together(failed=Count())),
    quick(CardFailuresCounted),
    _same,
)

ALL: Final = (*SALES, best_sellers, stock_hour, sessions, spending_hour, card_failures)

failed_attempts: Final = Interval(before_ms=0, after_ms=FAILURE_WAIT_MS, grace_ms=GRACE_MS, values=(str, None))
"""Attempts (left, their card) meet failures (right) by transaction."""

stock_levels: Final = Versions(retention_ms=STOCK_RETENTION_MS, value_type=Levels)
"""What was in stock at any time, by product."""
