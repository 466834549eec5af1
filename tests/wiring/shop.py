"""All services in one process, under the broker-free driver, and a gateway that only remembers."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import count

from agents import notifications
from agents.services import SERVICES
from agents.verify.record import Position, Record
from streams import topics
from streams.engine.driver import Driver
from streams.settings import Settings
from tables import inventory as tables

TOPIC_OF = {fact.__name__: topic for topic in topics.ALL for fact in topic.carries}
ADA = {"customer_id": "Ada", "name": "Ada", "phone": "+49301"}


class FakeGateway:
    """Takes every message but those to phones in `refused`, which fail for that reason. `posted`: all it was asked."""

    def __init__(self):
        self.refused = {}
        self.posted = []
        self.after_post = None  # called when messages were posted

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_error):
        pass

    async def post(self, messages):
        self.posted += messages
        if messages and self.after_post:
            self.after_post()
        return {sms.message_id: self.refused[sms.phone] for sms in messages if sms.phone in self.refused}


class Shop:
    """Speak as customers and warehouses do, let the services work, and look at what they said.

    Args:
        without: services that are not there.
        more: apps of further services.
        settings: by field name.
    """

    def __init__(self, *, without=(), more=(), **settings):
        self.gateway = FakeGateway()
        loaded = Settings.load(**settings)
        modules = {name: module for name, module in SERVICES.items() if name not in without}
        apps = [module.build(loaded) for module in modules.values() if module is not notifications]
        if "notifications" in modules:
            apps.append(notifications.build(loaded, self.gateway))
        self.services = [app.service.name for app in (*apps, *more)]
        self.driver = Driver([*apps, *more])
        self.clock = self.driver.clock
        self._start = datetime.fromtimestamp(self.clock.now_ms / 1000, UTC)
        self._numbers = count()

    # -- what the world says

    def tell(self, event_type, *, at=0.0, event_id=None, **data):
        """Publish an event, `at` seconds after the start of the world, as a foreign producer would."""
        event = {
            "event_id": event_id or f"told-{next(self._numbers)}",
            "event_type": event_type,
            "timestamp": (self._start + timedelta(seconds=at)).isoformat(),
            "data": data,
        }
        topic = TOPIC_OF[event_type]
        self.throw(topic, json.dumps(event).encode(), key=str(data[topic.key]).encode())

    def throw(self, topic, value, *, key=b"k", partition=None):
        """Publish bytes, whatever they are."""
        self.driver.send(topic, value, key=key, partition=partition)

    def stock(self, **products):
        for product, quantity in products.items():
            self.tell("StockReceived", receipt_id=f"R-{product}", product_id=product, quantity=quantity)
        self.run()

    def order(self, order_id, *, at=0.0, card=None, customer="Ada", **products):
        """Products by id: a quantity, or a list of quantities for several lines."""
        quantities = {product: wanted if isinstance(wanted, list) else [wanted] for product, wanted in products.items()}
        items = [
            {"product_id": product, "quantity": quantity} for product, lines in quantities.items() for quantity in lines
        ]
        paid_by = {} if card is None else {"card_id": card}
        placed = {"order_id": order_id, "customer_id": customer, "items": items, "total_amount": 10.5}
        self.tell("OrderPlaced", at=at, **placed, **paid_by)

    def pay(self, order_id, card, *, transaction="T-1", terminal="POS-1", at=0.0, amount=10.5):
        ids = {"transaction_id": transaction, "card_id": card, "terminal_id": terminal, "order_id": order_id}
        self.tell("TransactionAttempted", at=at, amount=amount, **ids)

    # -- time

    def run(self, *names):
        self.driver.run(*names)

    def wait(self, seconds):
        """Let wall-clock time pass, and the services with it."""
        self.clock.advance(seconds)
        self.run()

    # -- what the services said

    def said(self, *event_types):
        """Events of these types, in order of append within a topic."""
        wanted = dict.fromkeys(TOPIC_OF[event_type] for event_type in event_types)
        return [event for topic in wanted for event in self.driver.read(topic) if event.event_type in event_types]

    def facts(self, *event_types):
        return [event.data for event in self.said(*event_types)]

    def counted(self, topic):
        return Counter(event.event_type for event in self.driver.read(topic))

    def answers(self, order_id):
        """What inventory said about the order's lines, by line, in order."""
        events = self.driver.read(topics.reservations)
        return [(event.data.line, event.event_type) for event in events if event.data.order_id == order_id]

    def end(self, order_id):
        """How an order ended; fails if it did not end exactly once."""
        ends = self.facts("OrderCompleted", "OrderCancelled")
        (end,) = [fact for fact in ends if fact.order_id == order_id]
        return getattr(end, "reason", "completed")

    def shelf(self, product):
        """(on hand, reserved) of a product, from the table; the last event must say the same."""
        row = self.driver.rows(tables.stock)[product]
        last = [fact for fact in self.facts("InventoryUpdated") if fact.product_id == product][-1]
        assert (last.on_hand, last.reserved, last.version) == (row.on_hand, row.reserved, row.version)
        return row.on_hand, row.reserved

    # -- the whole

    def topics(self):
        """Every record by topic and partition: key, value, headers."""
        return {
            (name, partition): [(record.key, record.value, [*record.headers]) for record in records]
            for name, total in sorted(self.driver.log.counts.items())
            for partition in range(total)
            if (records := self.driver.log.partition(name, partition))
        }

    def records(self):
        """The same for the judge."""
        return [
            Record(Position(name, partition, offset), key, value, tuple(headers))
            for (name, partition), records in self.topics().items()
            for offset, (key, value, headers) in enumerate(records)
        ]

    def tables(self):
        """All committed rows of all services."""
        return {
            (name, table.name): self.driver.rows(table)
            for name in SERVICES
            for table in SERVICES[name].service.remembers
        }

    def close(self):
        self.driver.close()
