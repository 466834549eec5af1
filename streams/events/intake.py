"""What customers ask for, as the shop's front publishes it. It knows nobody who reads it."""

from typing import Annotated

from annotated_types import MinLen

from streams.events.base import Currency, Fact, Id, Money, Quantity, Value


class OrderItem(Value):
    """So many pieces of one product; its position among the order's items is its line."""

    product_id: Id
    quantity: Quantity


Items = Annotated[tuple[OrderItem, ...], MinLen(1)]
"""The lines of an order, in order; at least one."""


class OrderPlaced(Fact):
    """A customer wants to buy. The card, when there is one, will be charged by a `TransactionAttempted`."""

    order_id: Id
    customer_id: Id
    items: Items
    total_amount: Money
    currency: Currency | None = None
    card_id: Id | None = None


class OrderCancelRequested(Fact):
    """A customer wants out. It may overtake its order."""

    order_id: Id
    reason: str


class UserCreated(Fact):
    """A customer exists, or changed: the latest word on a customer_id holds. `phone` is where an SMS goes."""

    customer_id: Id
    name: str
    phone: str
    locale: str | None = None
