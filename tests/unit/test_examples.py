"""The examples do what they say, in the broker-free driver."""

import pytest

from examples import loyalty
from examples.loyalty.service import balances, points
from streams import topics
from streams.engine.driver import Driver
from streams.engine.faults import InjectedFault
from streams.events.shipping import OrderShipped, ShipmentCancelled
from tests.unit.rules.words import say


@pytest.fixture
def shop():
    with Driver([loyalty.app]) as driver:
        yield driver


def ship(shop, order, customer, *quantities):
    items = [{"product_id": "U", "quantity": quantity} for quantity in quantities]
    ids = {"shipment_id": f"S-{order}", "order_id": order, "customer_id": customer}
    shop.send(topics.shipments, say(OrderShipped, **ids, items=items, tracking_number="T"))
    shop.run()


def test_a_parcel_earns_a_point_for_each_piece(shop):
    ship(shop, "1", "Ada", 2, 1)
    (earned,) = shop.read(points)
    assert (earned.data.customer_id, earned.data.order_id, earned.data.points) == ("Ada", "1", 3)


def test_points_add_up_by_customer(shop):
    ship(shop, "1", "Ada", 2)
    ship(shop, "2", "Bob", 1)
    ship(shop, "3", "Ada", 5)
    assert shop.rows(balances) == {"Ada": 7, "Bob": 1}


def test_a_parcel_that_is_dropped_earns_nothing(shop):
    shop.send(topics.shipments, say(ShipmentCancelled, shipment_id="S-1", order_id="1"))
    shop.run()
    assert shop.rows(balances) == {}


@pytest.mark.parametrize("point", ["before-begin", "after-end", "after-write"])
def test_points_survive_a_crash_and_count_once(shop, point):
    shop.fail_at("loyalty", point)
    with pytest.raises(InjectedFault):
        ship(shop, "1", "Ada", 2)
    shop.restart("loyalty")
    shop.run()
    assert shop.rows(balances) == {"Ada": 2}
