"""A parcel leaves or is dropped, once, whichever topic is faster."""

from itertools import permutations

import pytest

from streams.events.intake import OrderPlaced
from streams.events.orders import OrderCancelled, OrderConfirmed
from streams.rules.shipping.labels import tracking_number
from streams.rules.shipping.parcels import drop, on_timer, prepare, send
from streams.rules.shipping.rows import Memory
from streams.rules.timers import RETENTION_MS
from tests.unit.rules.words import Alarms, say, types

ITEMS = [{"product_id": "U", "quantity": 3}]
RULES = {"OrderPlaced": prepare, "OrderConfirmed": send, "OrderCancelled": drop}
PLACED = say(OrderPlaced, order_id="1", customer_id="C", items=ITEMS, total_amount=1)
CONFIRMED = say(OrderConfirmed, order_id="1", customer_id="C", items=ITEMS)
CANCELLED = say(OrderCancelled, order_id="1", reason="customer")


@pytest.fixture
def memory():
    return Memory({}, Alarms())


def hear(memory, *events):
    return [fact for event in events for fact in RULES[event.event_type](event, memory)]


@pytest.mark.parametrize("events", permutations([PLACED, PLACED, CONFIRMED, CONFIRMED]))
def test_a_confirmed_order_ships_once_in_whatever_order(memory, events):
    assert types(hear(memory, *events)) == ["ShipmentCreated", "OrderShipped"]


@pytest.mark.parametrize("events", permutations([PLACED, PLACED, CANCELLED, CANCELLED]))
def test_a_cancelled_order_is_dropped_once_and_ships_nothing(memory, events):
    said = types(hear(memory, *events))
    assert said in (["ShipmentCreated", "ShipmentCancelled"], ["ShipmentCancelled"])


def test_a_parcel_bears_what_was_confirmed(memory):
    created, shipped = hear(memory, CONFIRMED)
    assert created.shipment_id == shipped.shipment_id == "S-1"
    assert (shipped.customer_id, shipped.items, shipped.tracking_number) == ("C", created.items, tracking_number("1"))


def test_tracking_numbers_are_short_distinct_and_always_the_same():
    numbers = {tracking_number(str(order)) for order in range(10_000)}
    assert len(numbers) == 10_000
    assert {len(number) for number in numbers} == {16}
    assert tracking_number("1") == tracking_number("1")


def test_a_parcel_that_is_gone_is_forgotten_and_one_that_waits_is_not(memory):
    hear(memory, PLACED)
    for event in memory.timers.advance(2 * RETENTION_MS):
        on_timer(event, memory)
    assert types(hear(memory, CONFIRMED)) == ["OrderShipped"]
    for event in memory.timers.advance(2 * RETENTION_MS):
        on_timer(event, memory)
    assert (memory.shipments, memory.timers.waiting) == ({}, {})
