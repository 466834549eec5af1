"""What the insights service says to itself, to bring an event to the task that counts it.

`lane` names the source partition that a fact comes from: the engine paces each lane by itself (`Service.relays`).
"""

from streams.events.base import Fact, Id, Millis, Money, Quantity


class ProductSold(Fact):
    """An order with pieces of this product was confirmed; `revenue` is their share of its total."""

    lane: str
    product_id: Id
    at: Millis
    units: Quantity
    revenue: Money


class CustomerOrdered(Fact):
    """A customer placed an order."""

    lane: str
    customer_id: Id
    amount: Money


class AttemptSeen(Fact):
    """A card was used, on its way to meet the transaction's failure, if there is one."""

    lane: str
    transaction_id: Id
    card_id: Id


class FailureSeen(Fact):
    """A payment failed, on its way to meet the attempt, which knows the card."""

    lane: str
    transaction_id: Id


class CardFailed(Fact):
    """A payment with this card failed."""

    lane: str
    card_id: Id
    at: Millis


class ShopSold(Fact):
    """The same sale on its way to the board of best sellers, which the whole shop shares."""

    lane: str
    board: str
    product_id: Id
    at: Millis
    units: Quantity
