"""All services in one process, under the broker-free driver, and a gateway that only remembers."""

from datetime import UTC, datetime

from agents import notifications
from agents.services import SERVICES
from agents.verify.record import Position, Record
from streams.engine.driver import Driver
from streams.settings import Settings
from tables import inventory as tables
from tests.support.shop_talk import ShopTalk

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


class Shop(ShopTalk):
    """The shop of the driver.

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
        super().__init__(datetime.fromtimestamp(self.clock.now_ms / 1000, UTC))

    def throw(self, topic, value, *, key=b"k", partition=None):
        """Publish bytes, whatever they are."""
        self.driver.send(topic, value, key=key, partition=partition)

    def read(self, topic):
        """Every event of a topic, in order within a partition."""
        return self.driver.read(topic)

    # -- time

    def run(self, *names):
        self.driver.run(*names)

    def wait(self, seconds):
        """Let wall-clock time pass, and the services with it."""
        self.clock.advance(seconds)
        self.run()

    def expect(self, true):
        """What must be so, now that the services have come to rest."""
        assert true()

    # -- what the services know

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
