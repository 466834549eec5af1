"""Whole histories through all rules: any interleaving of topics, repeats, late events, time limits in the middle."""

from random import Random

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streams.events.intake import OrderCancelRequested, OrderPlaced, UserCreated
from streams.events.payments import TransactionAttempted
from streams.events.warehouse import StockCounted, StockReceived
from streams.rules.shipping.rows import Shipment
from streams.rules.timers import DAY_MS, HOUR_MS, MINUTE_MS
from tests.unit.rules.audit import audit, audit_stock
from tests.unit.rules.shop import LOST_PHONE, THIEF, Shop
from tests.unit.rules.words import say

PRODUCTS = ("U", "J", "K")
CARDS = ("card", "card-2", f"{THIEF}1", "DECLINE-1", None)


def order_history(random, number):
    """All that the world says about one order."""
    order, customer, card = f"O{number}", f"C{number % 5}", random.choice(CARDS)
    lines = [
        {"product_id": random.choice((*PRODUCTS, "never seen")), "quantity": random.choice((0, 1, 1, 2, 3))}
        if random.random() < 0.1
        else {"product_id": random.choice(PRODUCTS), "quantity": random.choice((1, 1, 2, 3))}
        for _ in range(random.choice((1, 1, 2, 3)))
    ]
    placed = {"order_id": order, "customer_id": customer, "items": lines, "total_amount": 1.5, "card_id": card}
    at = random.choice((0, 0, 0, -3 * DAY_MS))
    yield say(OrderPlaced, at=at, **placed)
    if random.random() < 0.2:
        yield say(OrderPlaced, at=at, **{**placed, "items": [*lines, {"product_id": "U", "quantity": 1}][-2:]})
    if random.random() < 0.2:
        yield say(OrderCancelRequested, order_id=order, reason="changed my mind")
    for attempt in range(random.choice((0, 1, 1, 1, 1, 2)) if card else 0):
        ids = {"transaction_id": f"T{number}-{attempt}", "terminal_id": "P1", "order_id": order}
        yield say(TransactionAttempted, card_id=random.choice((card, card, "card")), amount=1.5, **ids)


def history(random, size):
    inputs = [say(StockReceived, receipt_id=f"R{n}", product_id=random.choice(PRODUCTS), quantity=6) for n in range(8)]
    inputs += [say(StockReceived, receipt_id=f"R{n}", product_id=p, quantity=9) for n, p in enumerate(PRODUCTS, 20)] * 2
    inputs += [
        say(StockCounted, count_id=f"A{n}", product_id=random.choice(PRODUCTS), on_hand=random.randrange(8))
        for n in range(6)
    ]
    for number in range(5):
        phone = random.choice(("+491", f"+49{LOST_PHONE}", " "))
        inputs += [say(UserCreated, customer_id=f"C{number}", name="A", phone=phone)] * random.choice((0, 1, 2))
    inputs.append(say(OrderCancelRequested, order_id="never placed", reason="why not"))
    inputs.append(say(TransactionAttempted, transaction_id="till", card_id="card", terminal_id="P", amount=2))
    inputs += [event for number in range(size) for event in order_history(random, number)]
    random.shuffle(inputs)
    return inputs


def play(seed, jumps, repeats=0.05):
    """A history, with at most `jumps` services losing track of time in the middle of it."""
    random = Random(seed)
    shop = Shop(random, repeats=repeats)
    inputs = history(random, size=25)
    while inputs:
        if random.random() < 0.2:
            shop.publish(inputs.pop())
        shop.deliver()
        if jumps and random.random() < 0.02:
            jumps -= 1
            shop.wait(random.choice((MINUTE_MS, HOUR_MS, 25 * HOUR_MS)), random.choice(("inventory", "orders")))
    come_to_rest(shop)
    return shop


def come_to_rest(shop):
    shop.run()
    for _ in range(3):
        shop.wait(HOUR_MS)
        shop.run()


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32), jumps=st.integers(0, 4))
def test_the_invariants_hold_whatever_comes_in_whatever_order(seed, jumps):
    shop = play(seed, jumps)
    audit(shop.log)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_the_invariants_of_stock_hold_at_every_instant(seed):
    shop = play(seed, jumps=2)
    for end in range(0, len(shop.log), 97):
        audit_stock(shop.log[:end])


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32))
@example(seed=142)  # a tall stack of reservations whose newest are forgotten first
def test_what_is_over_is_forgotten_but_for_counts_and_customers(seed):
    shop = play(seed, jumps=2)
    for _ in range(12):
        shop.wait(2 * DAY_MS)
        shop.run()
    left = {
        f"{name}.{table}" for name, service in shop.services.items() for table, rows in service.rows.items() if rows
    }
    assert left <= {"inventory.stock", "customers.customers", "notifications.recipients"}
    assert not any(service.alarms.waiting for service in shop.services.values())
    audit(shop.log)


def test_the_histories_are_worth_the_name():
    shops = [play(seed, jumps=3) for seed in range(12)]
    said = {event.event_type for shop in shops for event in shop.log}
    assert said >= {
        "OrderCompleted",
        "OrderCancelled",
        "StockRejected",
        "ReservationExpired",
        "PaymentFailed",
        "SmsFailed",
    }
    reasons = {event.data.reason for shop in shops for event in shop.said("OrderCancelled")}
    assert reasons == {"out_of_stock", "payment_failed", "fraud", "customer", "timeout"}
    corrections = [
        e for shop in shops for e in shop.said("InventoryUpdated") if e.data.reason == "counted" and e.data.order_id
    ]
    assert corrections, "no reservation was broken on its way out of the house"


def test_the_same_events_in_the_same_order_lead_to_the_same_facts():
    once, twice = play(7, jumps=3), play(7, jumps=3)
    assert [event.data for event in once.log] == [event.data for event in twice.log]


def test_without_repeats_every_event_has_an_id_of_its_own():
    ids = [event.event_id for event in play(7, jumps=3, repeats=0).log if event.causation_id]
    assert len(ids) == len(set(ids))


def rows_of(shop):
    return [row for service in shop.services.values() for table in service.rows.values() for row in table.values()]


def test_every_row_survives_the_store():
    shop, seen = Shop(Random(7)), set()
    order = {"StockReceived": 0, "UserCreated": 2}  # something to sell, and customers who let their messages wait
    for event in sorted(history(shop.random, size=25), key=lambda event: order.get(event.event_type, 1)):
        shop.publish(event)
        while shop.deliver():
            row = shop.random.choice([*rows_of(shop), Shipment("S", "waiting", 0)])
            assert msgspec.json.decode(msgspec.json.encode(row), type=type(row)) == row
        seen |= {type(row).__name__ for row in rows_of(shop)}
    of_inventory, of_notifications = {"Stock", "Reservation", "Split", "Receipt"}, {"Recipient", "Message", "Queue"}
    assert seen == of_inventory | of_notifications | {"Order", "Shipment", "Attempt", "Customer"}
