"""`Stock, exactly`, on a real Kafka: one shop of worker processes, in which each test has names of its own."""

import time
from datetime import UTC, datetime, timedelta
from itertools import count

import httpx
import pytest

from streams import topics
from streams.broker import EmbeddedKafka
from streams.engine.partitioner import Partitioner
from tests.broker.processes import running_shop
from tests.support.shop_talk import ShopTalk
from tests.support.stock_exactly import *  # noqa: F403 -- its tests
from tests.unit.events.samples import Arrived

pytestmark = [pytest.mark.broker, pytest.mark.timeout(400)]

PATIENCE_SECONDS = 60
PARTITION = Partitioner(lambda _topic: topics.PARTITIONS).partition
SOURCES = {
    "OrderCancelRequested": {"reason": "bystander"},
    "OrderCompleted": {},
    "ShipmentCancelled": {"shipment_id": "S"},
    "ReleaseStock": {"quantity": 1, "line": 0},
    "StockReceived": {"receipt_id": "R", "quantity": 1},
    "StockReleased": {"quantity": 1, "line": 0},
    "PaymentAuthorised": {"transaction_id": "T", "amount": 1},
}
"""An event for every topic that inventory and orders read: event time is the slowest one's."""


@pytest.fixture(scope="module")
def processes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    with EmbeddedKafka() as kafka, running_shop(kafka.bootstrap, folder) as running:
        yield running


@pytest.fixture(scope="module")
def marks():
    return count()


@pytest.fixture
def shop(processes, marks):
    """The whole shop, with nothing in its memory that bears this test's names."""
    return KafkaShop(processes, next(marks))


class KafkaShop(ShopTalk):
    """The shop of real workers. Every id that is said bears the mark of the test, and loses it when it is read.

    Each is ten days later than the one before: event time does not go back.
    """

    def __init__(self, processes, number):
        super().__init__(datetime.now(UTC) - timedelta(days=10 * (100 - number)))
        self._processes, self._mark, self._passed = processes, f"~{number}~", 0

    def tell(self, event_type, *, at=0.0, event_id=None, **data):
        event_id = event_id or f"told-{next(self._numbers)}{self._mark}"
        super().tell(event_type, at=at, event_id=event_id, **self._marked(data))

    def throw(self, topic, value, *, key):
        self._processes.publish([(topic.name, key, value)])

    def _marked(self, data):
        return {
            name: [self._marked(item) for item in value]
            if isinstance(value, list)
            else f"{value}{self._mark}"
            if name.endswith("_id")
            else value
            for name, value in data.items()
        }

    def read(self, topic):
        mark = self._mark.encode()
        return [
            event
            for record in self._processes.records(topic.name)
            if mark in record.value
            for event in topic.read(record.position.partition, [Arrived(record.value.replace(mark, b""))])
        ]

    def run(self):
        self._processes.rest()

    def wait(self, seconds):
        """Let event time pass in every partition of every source of inventory and orders."""
        self._passed += seconds
        for name in map(self._bystander, range(topics.PARTITIONS)):
            for event_type, data in SOURCES.items():
                self.tell(event_type, at=self._passed, order_id=name, product_id=name, **data)
        self.run()

    def _bystander(self, partition):
        names = (f"bystander-{number}" for number in count())
        return next(name for name in names if PARTITION("", f"{name}{self._mark}".encode(), 0) == partition)

    def expect(self, true):
        """What must become so: nobody says when the timers have fired."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not true():
            assert time.monotonic() < deadline
            time.sleep(0.2)

    def shelf(self, product):
        """(on hand, reserved) of a product, as inventory shows it; the last event must say the same."""
        shown = httpx.get(f"{self._processes.urls['inventory']}/stock/{product}{self._mark}", timeout=10).json()
        last = [fact for fact in self.facts("InventoryUpdated") if fact.product_id == product][-1]
        if (last.on_hand, last.reserved, last.version) != (shown["on_hand"], shown["reserved"], shown["version"]):
            return None  # it has changed between the two questions
        return last.on_hand, last.reserved
