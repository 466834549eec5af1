"""Money: a gateway's attempts, the truth about them that comes days later, and what became of each payment."""

from typing import Literal

from streams.events.base import Currency, Fact, Flag, Id, Money

FailReason = Literal["fraud", "declined", "gateway_error"]


class TransactionAttempted(Fact):
    """A card was used at a terminal; the event's timestamp is when. Every attempt gets one verdict."""

    transaction_id: Id
    card_id: Id
    terminal_id: Id
    amount: Money
    currency: Currency | None = None
    order_id: Id | None = None
    customer_id: Id | None = None


class TransactionLabelled(Fact):
    """What an attempt really was: an analyst's or a cardholder's word, days later."""

    transaction_id: Id
    card_id: Id
    fraud: Flag


class PaymentAuthorised(Fact):
    """The order is paid."""

    order_id: Id
    transaction_id: Id
    amount: Money


class PaymentFailed(Fact):
    """The order is not paid, and why."""

    order_id: Id
    transaction_id: Id
    reason: FailReason
