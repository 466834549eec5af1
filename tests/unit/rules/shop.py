"""The whole shop in memory: who reads which topic, and which rule is asked. A page that tells the story, and runs.

Every (service, topic, key) is a lane of its own, and lanes advance in any order: fewer promises than Kafka makes, which
keeps the order of a whole partition. Any event may be delivered again later in its lane.
"""

from collections import defaultdict, deque
from typing import NamedTuple

from streams import topics, wire
from streams.events.base import quick
from streams.events.fraud import FraudCleared, FraudDetected
from streams.rules.customers import registering
from streams.rules.customers import rows as customers
from streams.rules.inventory import consuming, forgetting, receiving, releasing, reserving, splitting
from streams.rules.inventory import memory as inventory
from streams.rules.notifications import addressing, reporting, welcoming
from streams.rules.notifications import memory as notifications
from streams.rules.orders import learning, timing
from streams.rules.orders import memory as orders
from streams.rules.payments import paying
from streams.rules.payments import rows as payments
from streams.rules.shipping import parcels
from streams.rules.shipping import rows as shipping
from tests.unit.rules.words import Alarms

TOPIC_OF = {fact.__name__: topic for topic in topics.ALL for fact in topic.carries}
THIEF, LOST_PHONE = "THIEF-", "0000"


class FraudMemory(NamedTuple):
    judged: set


def judge(event, memory):
    """A stand-in for the fraud service: one verdict for each transaction."""
    attempt = event.data
    if attempt.transaction_id not in memory.judged:
        memory.judged.add(attempt.transaction_id)
        verdict = quick(FraudDetected if attempt.card_id.startswith(THIEF) else FraudCleared)
        ids = {name: getattr(attempt, name) for name in ("transaction_id", "card_id", "order_id")}
        yield verdict(**ids, score=0.5, reasons=(), rules=(), model_version="test")


def post(event, memory):
    """A stand-in for the agent and its gateway."""
    if event.data.phone.endswith(LOST_PHONE):
        return reporting.failed(event, "gateway_error", memory)
    return reporting.sent(event, memory)


class Service:
    """What a service reads and remembers, and which rule answers which event of which topic."""

    def __init__(self, memory, rules, on_timer=None):
        self.memory, self.rules, self.on_timer = memory, rules, on_timer
        self.alarms = getattr(memory, "timers", Alarms())

    @property
    def rows(self):
        return {name: rows for name, rows in self.memory._asdict().items() if isinstance(rows, dict)}


def inventory_service():
    rules = {
        "orders": {"OrderPlaced": splitting.split},
        "order-status": {"OrderCancelled": splitting.undo},
        "shipments": {"OrderShipped": splitting.ship},
        "stock-commands": {
            "ReserveStock": reserving.reserve,
            "ReleaseStock": releasing.release,
            "ConsumeStock": consuming.consume,
        },
        "stock-receipts": {"StockReceived": receiving.receive, "StockCounted": receiving.count},
    }
    return Service(inventory.Memory({}, {}, {}, {}, Alarms()), rules, forgetting.on_timer)


def orders_service():
    lose = learning.lose_line
    rules = {
        "orders": {"OrderPlaced": learning.place, "OrderCancelRequested": learning.request_cancel},
        "reservations": {
            "StockReserved": learning.hold_line,
            "StockRejected": lose,
            "StockReleased": lose,
            "ReservationExpired": lose,
        },
        "payments": {"PaymentAuthorised": learning.accept_payment, "PaymentFailed": learning.refuse_payment},
        "shipments": {"OrderShipped": learning.complete},
    }
    return Service(orders.Memory({}, Alarms()), rules, timing.on_timer)


def shipping_service():
    rules = {
        "orders": {"OrderPlaced": parcels.prepare},
        "order-status": {"OrderConfirmed": parcels.send, "OrderCancelled": parcels.drop},
    }
    return Service(shipping.Memory({}, Alarms()), rules, parcels.on_timer)


def payments_service():
    rules = {
        "transactions": {"TransactionAttempted": paying.attempt},
        "fraud": {"FraudDetected": paying.block, "FraudCleared": paying.clear},
    }
    return Service(payments.Memory({}, Alarms()), rules, paying.on_timer)


def notifications_service():
    rules = {
        "shipments": {"OrderShipped": addressing.request},
        "customers": {"UserCreated": welcoming.welcome},
        "notifications.outbox": {"SmsRequested": addressing.address, "SendSms": post},
    }
    return Service(notifications.Memory({}, {}, {}, Alarms()), rules, welcoming.on_timer)


def services():
    """Every service of the order story, with nothing in its memory yet."""
    return {
        "inventory": inventory_service(),
        "orders": orders_service(),
        "shipping": shipping_service(),
        "payments": payments_service(),
        "notifications": notifications_service(),
        "customers": Service(customers.Memory({}), {"customers": {"UserCreated": registering.register}}),
        "fraud": Service(FraudMemory(set()), {"transactions": {"TransactionAttempted": judge}}),
    }


class Shop:
    """Delivers events in an order that `random` chooses.

    Attributes:
        log: every event that was published, inputs included, in order.
    """

    def __init__(self, random, repeats=0.0):
        self.random, self.repeats = random, repeats
        self.services = services()
        self.log = []
        self._lanes = defaultdict(deque)

    def publish(self, event):
        topic = TOPIC_OF[event.event_type]
        self.log.append(event)
        key = topic._key(event.data)
        for name, service in self.services.items():
            if event.event_type in service.rules.get(topic.name, {}):
                self._lanes[name, topic.name, key].append(event)

    def deliver(self):
        """Let one service take the next event of one lane. False when there is none."""
        if not self._lanes:
            return False
        lane = self.random.choice(list(self._lanes))
        event = self._lanes[lane].popleft()
        if self.random.random() < self.repeats:
            self._lanes[lane].append(event)
        elif not self._lanes[lane]:
            del self._lanes[lane]
        service = self.services[lane[0]]
        self._ask(service.rules[lane[1]][event.event_type], event, service)
        return True

    def run(self):
        """Deliver all there is, repeats included."""
        while self.deliver():
            pass

    def wait(self, ms, *names):
        """Let event time pass, for every service unless some are named."""
        for name in names or self.services:
            service = self.services[name]
            for event in service.alarms.advance(ms):
                self._ask(service.on_timer, event, service)

    def said(self, *event_types):
        return [event for event in self.log if event.event_type in event_types]

    def _ask(self, rule, event, service):
        counts = defaultdict(int)
        for fact in rule(event, service.memory) or ():
            name = type(fact).__name__
            self.publish(wire.derive(event, fact, counts[name]))
            counts[name] += 1
