"""An order becomes commands, one per line, whatever comes first."""

from streams.events.intake import OrderPlaced
from streams.events.inventory import ConsumeStock, ReleaseStock, ReserveStock
from streams.events.orders import OrderCancelled
from streams.events.shipping import OrderShipped
from streams.rules.inventory.memory import Memory
from streams.rules.inventory.splitting import ship, split, undo
from tests.unit.rules.words import Alarms, say, types

ITEMS = [{"product_id": "U", "quantity": 3}, {"product_id": "J", "quantity": 1}, {"product_id": "U", "quantity": 0}]
LINES = [("U", 3, 0), ("J", 1, 1), ("U", 0, 2)]


def memory():
    return Memory({}, {}, {}, {}, Alarms())


def placed(items=ITEMS):
    return say(OrderPlaced, order_id="1", customer_id="C", items=items, total_amount=1)


def cancelled(lines=None):
    return say(OrderCancelled, order_id="1", reason="customer", lines=lines)


def lines(facts):
    return [(fact.product_id, fact.quantity, fact.line) for fact in facts]


def test_every_item_is_a_line_of_its_own():
    commands = list(split(placed(), memory()))
    assert set(types(commands)) == {ReserveStock.__name__}
    assert lines(commands) == LINES


def test_an_order_placed_twice_asks_for_the_lines_of_the_first_time():
    state = memory()
    first = list(split(placed(), state))
    assert list(split(placed([{"product_id": "K", "quantity": 9}]), state)) == first


def test_a_cancelled_order_releases_every_line():
    state = memory()
    list(split(placed(), state))
    commands = list(undo(cancelled(), state))
    assert set(types(commands)) == {ReleaseStock.__name__}
    assert lines(commands) == LINES


def test_a_cancellation_that_names_lines_releases_those():
    state = memory()
    list(split(placed(), state))
    assert lines(undo(cancelled([{"line": 1, "product_id": "J", "quantity": 1}]), state)) == [("J", 1, 1)]


def test_a_cancellation_counts_once():
    state = memory()
    list(split(placed(), state))
    list(undo(cancelled(), state))
    assert list(undo(cancelled(), state)) == []


def test_a_cancellation_that_overtakes_its_order_wins():
    state = memory()
    assert list(undo(cancelled([{"line": 0, "product_id": "U", "quantity": 3}]), state)) == []
    assert list(split(placed(), state)) == []


def test_a_parcel_consumes_the_lines_it_carries():
    shipped = say(OrderShipped, shipment_id="S", order_id="1", customer_id="C", items=ITEMS, tracking_number="T")
    commands = list(ship(shipped, memory()))
    assert set(types(commands)) == {ConsumeStock.__name__}
    assert lines(commands) == LINES
