"""A seeded history of the insights service's sources, the service under the driver, and what it should say."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import msgspec

from agents import insights
from streams import topics
from streams.engine.driver import Driver
from streams.events.base import Event, quick
from streams.events.intake import OrderPlaced
from streams.events.inventory import InventoryUpdated
from streams.events.orders import OrderConfirmed
from streams.events.payments import PaymentFailed, TransactionAttempted
from streams.events.scalars import read_custom
from streams.settings import Settings

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
START_MS = 1_699_956_000_000  # a whole hour, half a day before the driver's clock begins
TOPIC_OF = {fact.__name__: topic for topic in topics.ALL for fact in topic.carries}
PRODUCTS, CUSTOMERS, CARDS = ("A", "B", "C"), ("Ada", "Bob"), ("K1", "K2", "K3")


def event(fact, at, event_id, **data):
    """An event `at` milliseconds after the start."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=START_MS + at)
    made = msgspec.convert(data, quick(fact), dec_hook=read_custom)
    return Event(event_id=event_id, event_type=fact.__name__, timestamp=moment, data=made)


def placed(order_id, at, *, customer="Ada", total=10, **pieces):
    items = [{"product_id": product, "quantity": quantity} for product, quantity in pieces.items()]
    ids = {"order_id": order_id, "customer_id": customer}
    return event(OrderPlaced, at, f"placed-{order_id}", **ids, items=items, total_amount=total)


def confirmed(order, at):
    data = order.data
    items = [{"product_id": item.product_id, "quantity": item.quantity} for item in data.items]
    ids = {"order_id": data.order_id, "customer_id": data.customer_id}
    return event(OrderConfirmed, at, f"confirmed-{data.order_id}", **ids, items=items)


def attempted(number, at, *, card, amount=5):
    ids = {"transaction_id": f"T{number}", "card_id": card, "terminal_id": "P", "order_id": f"O{number}"}
    return event(TransactionAttempted, at, f"attempt-{number}", **ids, amount=amount)


def failed(number, at):
    return event(
        PaymentFailed, at, f"failed-{number}", order_id=f"O{number}", transaction_id=f"T{number}", reason="declined"
    )


def updated(product, at, version, *, available, change, reason="reserved"):
    moved = {"on_hand": 0, "reserved": change} if reason == "reserved" else {"on_hand": change, "reserved": 0}
    counts = {"on_hand": available + 50, "reserved": 50, "available": available, "version": version}
    return event(
        InventoryUpdated, at, f"{product}-{version}", product_id=product, **counts, change=moved, reason=reason
    )


def history(seed, orders=40, span=3 * HOUR, disorder=5 * SECOND):
    """Events of all sources, in the order of their sending: out of order by less than the bound; some come twice."""
    random, events = Random(seed), []
    for number in range(orders):
        at = random.randrange(span)
        pieces = {product: random.randint(1, 5) for product in random.sample(PRODUCTS, random.randint(1, 3))}
        customer, card = random.choice(CUSTOMERS), random.choice(CARDS)
        order = placed(f"O{number}", at, customer=customer, total=random.randint(1, 9_999) / 100, **pieces)
        events += [(at, order), (at, attempted(number, at, card=card, amount=random.randint(1, 999) / 100))]
        if random.random() < 0.2:
            events.append((at, order))
        later = at + random.randrange(MINUTE)
        bad = random.random() < 0.3
        events.append((later, failed(number, later) if bad else confirmed(order, later)))
    events += [(at, change) for product in PRODUCTS for at, change in _changes(product, random, span)]
    arrivals = [(at + random.randrange(disorder), number, one) for number, (at, one) in enumerate(events)]
    return [one for _, _, one in sorted(arrivals, key=lambda arrival: arrival[:2])]


def _changes(product, random, span):
    available = 100
    for version, at in enumerate(sorted(random.randrange(span) for _ in range(10)), 1):
        available -= (pieces := random.randint(1, 9))
        yield at, updated(product, at, version, available=available, change=pieces)


class Insights:
    """The service alone, over topics of so many partitions."""

    def __init__(self, partitions=4, chunk_records=100):
        app = insights.build(Settings.load(), insights.declare(partitions))
        self.driver = Driver([app], chunk_records=chunk_records)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.driver.close()

    def tell(self, *events):
        for one in events:
            self.driver.send(TOPIC_OF[one.event_type], one)

    def run(self):
        self.driver.run()

    def fall_silent(self, minutes=90, days=2):
        """Let the wall clock pass, first by the minute, then by the day, until every window has closed."""
        for seconds in [MINUTE // SECOND] * minutes + [DAY // SECOND] * days:
            self.driver.clock.advance(seconds)
            self.run()

    def said(self, *windows):
        """The results of windows of these names."""
        events = self.driver.read(topics.insights)
        return [one for one in events if getattr(one.data, "window", None) in windows]

    def values(self, window):
        """(key, start, end): values."""
        said = self.said(window)
        found = {(one.data.key, one.data.start, one.data.end): one.data.values for one in said}
        assert len(found) == len(said), "a window has one final result"
        return found

    def late(self):
        return [one.data for one in self.driver.read(topics.late_events)]

    def finals(self):
        """All that was said on `insights`, as bytes, whatever the order between keys."""
        return sorted((record.key, record.value) for record in self.driver.records("insights"))


def sales(events):
    """By brute force: (time, product, units, revenue in minor units) of every order that was placed and confirmed."""
    orders = {one.data.order_id: one for one in events if one.event_type == "OrderPlaced"}
    for one in events:
        if one.event_type == "OrderConfirmed":
            order = orders[one.data.order_id]
            pieces = Counter()
            for item in order.data.items:
                pieces[item.product_id] += item.quantity
            everything, before = sum(pieces.values()), 0
            for product, units in pieces.items():
                share = order.data.total_amount * (before + units) // everything
                share -= order.data.total_amount * before // everything
                before += units
                yield max(one.time, order.time), product, units, share


def windowed_sales(events, size, step):
    """Every hopping window with a sale in it: values by (product, start, end)."""
    found = {}
    for at, product, units, revenue in sales(events):
        first = at - at % step
        for start in range(first - size + step, first + step, step):
            if start <= at < start + size:
                orders, pieces, money = found.get((product, start, start + size), (0, 0, 0))
                found[product, start, start + size] = (orders + 1, pieces + units, money + revenue)
    return {
        window: {"orders": orders, "units": units, "revenue": money / 100}
        for window, (orders, units, money) in found.items()
    }
