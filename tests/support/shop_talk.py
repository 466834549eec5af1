"""What people say to a shop, and what its services answer: the same words for the driver and for a real Kafka."""

import json
from collections import Counter
from datetime import timedelta
from itertools import count

from streams import topics

TOPIC_OF = {fact.__name__: topic for topic in topics.ALL for fact in topic.carries}


class ShopTalk:
    """Speak as customers and warehouses do, and look at what the services said.

    A kind of shop says how: it has `throw`, `read`, `run`, `wait`, `expect` and `shelf`.

    Args:
        start: when the world begins.
    """

    def __init__(self, start):
        self._start = start
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

    # -- what the services said

    def said(self, *event_types):
        """Events of these types, in order of append within a topic."""
        wanted = dict.fromkeys(TOPIC_OF[event_type] for event_type in event_types)
        return [event for topic in wanted for event in self.read(topic) if event.event_type in event_types]

    def facts(self, *event_types):
        return [event.data for event in self.said(*event_types)]

    def counted(self, topic):
        return Counter(event.event_type for event in self.read(topic))

    def answers(self, order_id):
        """What inventory said about the order's lines, by line, in order."""
        events = self.read(topics.reservations)
        return [(event.data.line, event.event_type) for event in events if event.data.order_id == order_id]

    def end(self, order_id):
        """How an order ended; fails if it did not end exactly once."""
        ends = self.facts("OrderCompleted", "OrderCancelled")
        (end,) = [fact for fact in ends if fact.order_id == order_id]
        return getattr(end, "reason", "completed")
