import pytest

from streams import topics, wire
from streams.events.base import Event, Money, event_of, quick
from streams.events.inventory import InventoryUpdated, StockChange
from streams.events.orders import OrderCompleted
from streams.events.payments import TransactionAttempted
from streams.events.warehouse import StockReceived
from tests.unit.events.samples import EXAMPLE, PLACED, TEN, Arrived

COMPLETED = quick(OrderCompleted)(order_id="1")


def test_a_derived_event_is_named_timed_and_linked_by_its_cause():
    cause = event_of(PLACED, "e1", TEN)
    derived = wire.derive(cause, COMPLETED, 2)
    assert derived == Event(
        event_id="e1/OrderCompleted/2",
        event_type="OrderCompleted",
        timestamp=TEN,
        causation_id="e1",
        correlation_id="1",
        data=COMPLETED,
    )


CHANGE = quick(StockChange)(on_hand=5, reserved=0)
UPDATED = quick(InventoryUpdated)(
    product_id="A", on_hand=5, reserved=0, available=5, change=CHANGE, reason="received", version=1
)
RECEIVED = quick(StockReceived)(receipt_id="r", product_id="A", quantity=5)
ATTEMPT = quick(TransactionAttempted)
PAID_ON_CARD = ATTEMPT(transaction_id="t", card_id="c", terminal_id="w", amount=Money(1), order_id="o")
AT_A_TILL = ATTEMPT(transaction_id="t", card_id="c", terminal_id="w", amount=Money(1))


@pytest.mark.parametrize(
    ("correlation", "cause", "fact", "expected"),
    [
        ("given", PLACED, COMPLETED, "given"),
        (None, PLACED, COMPLETED, "1"),
        (None, PLACED, UPDATED, "12345"),
        (None, PAID_ON_CARD, UPDATED, "o"),
        (None, AT_A_TILL, UPDATED, "t"),
        (None, RECEIVED, UPDATED, None),
    ],
)
def test_correlation_is_the_causes_then_the_order_then_the_transaction(correlation, cause, fact, expected):
    assert wire.derive(event_of(cause, "e", TEN, correlation_id=correlation), fact, 0).correlation_id == expected


def test_deriving_again_from_the_same_bytes_gives_the_same_bytes():
    causes = topics.orders.read(3, [Arrived(EXAMPLE), Arrived(EXAMPLE)])
    first, second = (topics.inventory.derive(cause, UPDATED, 0) for cause in causes)
    assert (first[0], topics.inventory.write([first[1]])) == (second[0], topics.inventory.write([second[1]]))
