"""One page says what the synthetic shop can be asked for. Every share is a probability between 0 and 1.

The story continues in `shop.py`, which plays the shop, and `disorder.py`, which spoils its stream.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from streams.feed.fraud import PATTERNS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedOptions:
    """What the shop is like, and how badly its stream is behaved. The same options give the same bytes."""

    start: datetime
    """Event time of the first record; must know its time zone."""
    seed: int = 1
    orders: int = 5_000
    customers: int = 1_000
    products: int = 200
    orders_per_second: float = 20.0
    """Pace of event time, not of publishing: 5000 orders span 250 seconds."""
    run: str = ""
    """Woven into every id, so that two feeds into the same topics never speak of the same order."""

    scarce: float = 0.05
    """Share of products that are never restocked, so that some orders are refused."""
    counts: float = 0.002
    """Stock audits per order."""
    unknown_products: float = 0.005
    invalid_quantities: float = 0.002
    on_account: float = 0.1
    """Share of orders without a card."""
    abandoned: float = 0.0
    """Share of orders with a card whose payment is never attempted."""
    declined_payments: float = 0.03
    cancellations: float = 0.03
    """Half of them overtake their order."""
    walk_ins: float = 0.1
    """Card payments at a till, without an order, per order."""
    late_customers: float = 0.05
    """Share of customers who become known only after their first order."""

    fraud: float = 0.01
    """Share of card orders that a thief places; what he does before and after is a pattern's."""
    fraud_patterns: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(PATTERNS, 1.0))
    """Weights of the patterns by name. It is looked up for every theft, so a mapping that changes is obeyed at once."""
    labels: float = 0.0
    """Share of transactions whose label comes back, at the end of the stream."""
    label_days: float = 7.0
    """Event time between a transaction and its label."""

    duplicates: float = 0.02
    """Share of records sent twice: half with the same event id, half with another."""
    late: float = 0.01
    """Share of records whose event time lies minutes to hours behind."""
    out_of_order: float = 0.02
    malformed: float = 0.01
    """Junk records per good record; they replace nothing."""

    def __post_init__(self) -> None:
        if self.start.tzinfo is None:
            raise ValueError("start needs a time zone")
        if min(self.customers, self.products) < 1 or self.orders_per_second <= 0:
            raise ValueError("a shop needs customers, products and a pace above zero")
        if not self.fraud_patterns or not PATTERNS.keys() >= self.fraud_patterns.keys():
            raise ValueError(f"fraud patterns are some of {', '.join(PATTERNS)}")
        for name in (option.name for option in fields(self) if option.type == "float"):
            if name not in {"orders_per_second", "label_days"} and not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is a share between 0 and 1")

    @property
    def seconds(self) -> float:
        """How long the feed is in event time, about."""
        return self.orders / self.orders_per_second
