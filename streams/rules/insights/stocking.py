"""Stock over time: what came and went per hour, what there was at any time, and how long it will last.

Days of cover are what is available divided by the demand of a day. Demand is an exponentially weighted mean of what was
reserved, less what was released; a young product's is divided by the weight that its age can have.
"""

from collections.abc import Iterator
from typing import Final

from streams.events.base import Event, Fact, quick
from streams.events.insights import StockOutForecast
from streams.events.inventory import InventoryUpdated
from streams.rules.insights.desk import LEVELS, Desk, Sample, count
from streams.rules.insights.measures import stock_hour, stock_levels
from streams.rules.insights.rows import Cover, Levels
from streams.rules.timers import DAY_MS, HOUR_MS

YOUNGEST_MS: Final = HOUR_MS
"""Of a product that is younger, an hour's demand is known at most: the first order must not look like a rush."""

DIGITS: Final = 3
"""Decimals of a forecast: it is an estimate."""

CORRECTIONS: Final = frozenset({"counted", "expired"})

stock_out_forecast = quick(StockOutForecast)


def move(event: Event[InventoryUpdated], desk: Desk) -> Iterator[Fact]:
    """Count a change of stock, keep its version, and look ahead. The same change again changes nothing."""
    updated = event.data
    before = desk.covers.get(updated.product_id) or Cover(0.0, event.time, event.time)
    if updated.version <= before.version:
        return
    at = max(event.time, before.at)  # what is in stock never goes back in time
    levels = Levels(updated.on_hand, updated.reserved, updated.version)
    stock_levels.put(updated.product_id, at, levels, desk.windows[LEVELS], desk.place.watermark(event))
    yield from count(event, stock_hour, Sample(updated.product_id, event.time, movement(updated)), desk)
    yield from _look_ahead(updated, before, at, desk)


def movement(updated: InventoryUpdated) -> dict[str, int]:
    """Pieces by what happened to them."""
    change, reason = updated.change, updated.reason
    return {
        "changes": 1,
        "received": change.on_hand if reason == "received" else 0,
        "shipped": -change.on_hand if reason == "shipped" else 0,
        "corrected": change.on_hand if reason in CORRECTIONS else 0,
        "reserved": change.reserved if reason == "reserved" else 0,
        "released": -change.reserved if reason in {"released", "expired"} else 0,
    }


def _look_ahead(updated: InventoryUpdated, before: Cover, at: int, desk: Desk) -> Iterator[Fact]:
    half_life, threshold = desk.policy.half_life, desk.policy.threshold_days
    asked = updated.change.reserved if updated.reason != "shipped" else 0
    demand = max(0.0, before.demand * 0.5 ** ((at - before.at) / half_life) + asked)
    daily = demand / weight(at - before.since, half_life)
    short = updated.available < daily * threshold
    desk.covers[updated.product_id] = Cover(demand, before.since, at, updated.version, short)
    if short and not before.short:
        days = updated.available / daily
        yield stock_out_forecast(
            key=updated.product_id,
            available=updated.available,
            daily_demand=round(daily, DIGITS),
            days_of_cover=round(days, DIGITS),
            threshold_days=threshold,
            runs_out=at + round(days * DAY_MS),
        )


def weight(age: int, half_life: int) -> float:
    """Days that the weighted demand of an age stands for: steady demand of one a day adds up to this."""
    mean_life = half_life * 1.4426950408889634 / DAY_MS  # half life / ln 2
    left: float = 0.5 ** (max(age, YOUNGEST_MS) / half_life)
    return mean_life * (1 - left)
