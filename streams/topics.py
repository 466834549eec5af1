"""Every pipe of the shop, once: its name, its key, what it carries, how long it keeps it.

A fact belongs to exactly one topic. Topics that a service needs for itself alone are its own affair and are named
`<service>.<purpose>`. The engine creates topics from here (`streams/engine/service.py` says what a topic is to it);
bytes are the business of `streams/wire.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from streams import wire
from streams.events.fraud import FraudCleared, FraudDetected, FraudRuleChanged
from streams.events.insights import (
    CardFailuresCounted,
    CardSpendingSummed,
    CustomerSessionCounted,
    LateEvent,
    ProductSalesCounted,
    StockMovementSummed,
    StockOutForecast,
    TerminalRiskMeasured,
    TopSellersRanked,
)
from streams.events.intake import OrderCancelRequested, OrderPlaced, UserCreated
from streams.events.inventory import (
    ConsumeStock,
    InventoryUpdated,
    ReleaseStock,
    ReservationExpired,
    ReserveStock,
    StockLow,
    StockRejected,
    StockReleased,
    StockReserved,
)
from streams.events.notifications import SmsFailed, SmsSent
from streams.events.orders import OrderCancelled, OrderCompleted, OrderConfirmed
from streams.events.outbox import SendSms, SmsRequested
from streams.events.payments import PaymentAuthorised, PaymentFailed, TransactionAttempted, TransactionLabelled
from streams.events.shipping import OrderShipped, ShipmentCancelled, ShipmentCreated
from streams.events.warehouse import StockCounted, StockReceived
from streams.rules.fraud.facts import AttemptForgotten, CardAssessed, CustomerAsked, TerminalLabelled
from streams.rules.fraud.rulebook import RuleAtCustomers, RuleAtTerminals
from streams.rules.insights.facts import AttemptSeen, CardFailed, CustomerOrdered, FailureSeen, ProductSold, ShopSold

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from streams.events.base import Event, Fact

PARTITIONS: Final = 4
"""Of every topic: services that read several need the same number, since a partition is the unit of their state."""

MAX_ENVELOPED_BYTES: Final = 2 * 1024 * 1024
"""A record set aside keeps its bytes and gains headers, so it must be allowed more than the 1 MiB it came with."""

_APPENDED: Final = {"message.timestamp.type": "LogAppendTime"}  # event time is in the event; latency needs this one
HISTORY: Final[Mapping[str, str]] = {**_APPENDED, "cleanup.policy": "delete", "retention.ms": "-1"}
"""Kept for ever: a service that is added years later reads from the first event."""

LATEST: Final[Mapping[str, str]] = {**_APPENDED, "cleanup.policy": "compact"}
"""The latest word per key is kept for ever; a record without a value deletes the key."""

SET_ASIDE: Final[Mapping[str, str]] = {**HISTORY, "max.message.bytes": str(MAX_ENVELOPED_BYTES)}
"""Original bytes that somebody still has to look at."""


class UnknownTopicError(LookupError):
    """There is no topic of that name; the message lists those there are."""


@dataclass(frozen=True, eq=False)
class Topic:
    """One pipe.

    Args:
        name: on Kafka.
        key: the field of the facts that is the record's key, and so decides the partition.
        carries: the models of its facts; none: the values are opaque bytes, which `read` skips.
        partitions: how many.
        config: Kafka topic settings.
    """

    name: str
    key: str = ""
    carries: Sequence[type[Fact]] = ()
    partitions: int = PARTITIONS
    config: Mapping[str, str] = field(default_factory=lambda: HISTORY)

    @cached_property
    def events(self) -> Mapping[type, Callable[[Any], str]]:
        """By model: what makes the key of such a fact, in either form."""
        return dict.fromkeys(self.carries, self._key)

    @cached_property
    def _codec(self) -> wire.Codec:
        return wire.Codec(self.name, self.carries, compacted="compact" in self.config["cleanup.policy"])

    @cached_property
    def _key(self) -> Callable[[Any], str]:
        return attrgetter(self.key)

    def read(self, partition: int, records: Sequence[wire.Record]) -> list[Event[Any] | Exception | None]:
        """One answer per record: an event; an error that names what is wrong; or None, which means skip it."""
        return self._codec.read(partition, records) if self.carries else [None] * len(records)

    def derive(self, cause: Event[Any], fact: Any, n: int) -> tuple[bytes, Event[Any]]:
        """The key and the event of the n-th fact of its type that `cause` led to: the same for the same arguments."""
        return self._key(fact).encode(), wire.derive(cause, fact, n)

    def write(self, events: Sequence[Event[Any]]) -> list[bytes]:
        """The values of events, one each, in order."""
        return wire.write(events)


orders = Topic("orders", "order_id", (OrderPlaced, OrderCancelRequested))
order_status = Topic("order-status", "order_id", (OrderConfirmed, OrderCancelled, OrderCompleted))
stock_commands = Topic("stock-commands", "product_id", (ReserveStock, ReleaseStock, ConsumeStock))
stock_receipts = Topic("stock-receipts", "product_id", (StockReceived, StockCounted))
inventory = Topic("inventory", "product_id", (InventoryUpdated, StockLow))
reservations = Topic("reservations", "order_id", (StockReserved, StockRejected, StockReleased, ReservationExpired))
transactions = Topic("transactions", "card_id", (TransactionAttempted,))
transaction_labels = Topic("transaction-labels", "card_id", (TransactionLabelled,))
fraud = Topic("fraud", "card_id", (FraudDetected, FraudCleared))
fraud_by_customer = Topic("fraud.by-customer", "customer_id", (CustomerAsked, RuleAtCustomers))
fraud_by_terminal = Topic(
    "fraud.by-terminal", "terminal_id", (CardAssessed, TerminalLabelled, AttemptForgotten, RuleAtTerminals)
)
fraud_rules = Topic("fraud-rules", "rule_id", (FraudRuleChanged,), config=LATEST)
payments = Topic("payments", "order_id", (PaymentAuthorised, PaymentFailed))
shipments = Topic("shipments", "order_id", (ShipmentCreated, OrderShipped, ShipmentCancelled))
customers = Topic("customers", "customer_id", (UserCreated,), config=LATEST)
notifications = Topic("notifications", "customer_id", (SmsSent, SmsFailed))
notifications_outbox = Topic("notifications.outbox", "customer_id", (SmsRequested, SendSms))
insights = Topic(
    "insights",
    "key",
    (
        ProductSalesCounted,
        StockMovementSummed,
        TopSellersRanked,
        CustomerSessionCounted,
        CardSpendingSummed,
        CardFailuresCounted,
        TerminalRiskMeasured,
        StockOutForecast,
    ),
)
insights_by_product = Topic("insights.by-product", "product_id", (ProductSold,))
insights_by_customer = Topic("insights.by-customer", "customer_id", (CustomerOrdered,))
insights_by_transaction = Topic("insights.by-transaction", "transaction_id", (AttemptSeen, FailureSeen))
insights_by_card = Topic("insights.by-card", "card_id", (CardFailed,))
insights_by_board = Topic("insights.by-board", "board", (ShopSold,))
late_events = Topic("late-events", "key", (LateEvent,), config=SET_ASIDE)
dead_letters = Topic("dead-letters", config=SET_ASIDE)

ALL: Final = (
    orders,
    order_status,
    stock_commands,
    stock_receipts,
    inventory,
    reservations,
    transactions,
    transaction_labels,
    fraud,
    fraud_by_customer,
    fraud_by_terminal,
    fraud_rules,
    payments,
    shipments,
    customers,
    notifications,
    notifications_outbox,
    insights,
    insights_by_product,
    insights_by_customer,
    insights_by_transaction,
    insights_by_card,
    insights_by_board,
    late_events,
    dead_letters,
)


def by_name(name: str) -> Topic:
    """The topic of that name. Raises UnknownTopicError."""
    for topic in ALL:
        if topic.name == name:
            return topic
    known = ", ".join(topic.name for topic in ALL)
    raise UnknownTopicError(f"there is no topic {name!r}; there are {known}")
