"""`Stock, exactly`: one product's partition, one command after the other."""

import pytest

from streams.events.inventory import ConsumeStock, ReleaseStock, ReserveStock
from streams.events.warehouse import StockReceived
from streams.rules.inventory.consuming import consume
from streams.rules.inventory.memory import Memory
from streams.rules.inventory.receiving import receive
from streams.rules.inventory.releasing import release
from streams.rules.inventory.reserving import reserve
from tests.unit.rules.words import Alarms, say, types

RULES = {ReserveStock: reserve, ReleaseStock: release, ConsumeStock: consume}


class Shelf:
    """A partition of inventory that is asked command by command."""

    def __init__(self, **stock):
        self.memory = Memory({}, {}, {}, {}, Alarms())
        for product, pieces in stock.items():
            event = say(StockReceived, receipt_id=f"R-{product}", product_id=product, quantity=pieces)
            list(receive(event, self.memory))

    def ask(self, command, order, quantity=1, product="U", line=0):
        event = say(command, order_id=order, product_id=product, quantity=quantity, line=line)
        return list(RULES[command](event, self.memory))

    def counts(self, product="U"):
        row = self.memory.stock[product]
        return row.on_hand, row.reserved

    def version(self, product="U"):
        return self.memory.stock[product].version


@pytest.fixture
def shelf():
    return Shelf(U=75, J=1)


def test_the_first_acceptance_case(shelf):
    answers = [
        shelf.ask(ReserveStock, "1", 3, "U"),
        shelf.ask(ReserveStock, "2", 1, "J"),
        shelf.ask(ReserveStock, "3", 1, "J"),
    ]
    assert [types(answer)[0] for answer in answers] == ["StockReserved", "StockReserved", "StockRejected"]
    assert (shelf.counts("U"), shelf.counts("J")) == ((75, 3), (1, 1))


def test_a_reservation_lowers_what_is_available_and_nothing_else(shelf):
    _, update, *_ = shelf.ask(ReserveStock, "1", 3)
    assert (update.on_hand, update.reserved, update.available, update.version) == (75, 3, 72, 2)
    assert (update.change.on_hand, update.change.reserved, update.reason, update.order_id) == (0, 3, "reserved", "1")


def test_shipping_lowers_both_counts(shelf):
    shelf.ask(ReserveStock, "1", 3)
    (update,) = shelf.ask(ConsumeStock, "1", 3)
    assert (update.change.on_hand, update.change.reserved, update.reason) == (-3, -3, "shipped")
    assert shelf.counts() == (72, 0)


def test_a_release_frees_what_was_held(shelf):
    shelf.ask(ReserveStock, "1", 3)
    released, update = shelf.ask(ReleaseStock, "1", 3)
    assert (type(released).__name__, update.reason, shelf.counts()) == ("StockReleased", "released", (75, 0))


@pytest.mark.parametrize(
    ("quantity", "product", "reason", "available"),
    [
        (76, "U", "insufficient_stock", 75),
        (1, "never seen", "unknown_product", 0),
        (0, "U", "invalid_quantity", 75),
        (-1, "U", "invalid_quantity", 75),
        (0, "never seen", "invalid_quantity", 0),
    ],
)
def test_a_refusal_is_an_event_with_its_reason(shelf, quantity, product, reason, available):
    (refusal,) = shelf.ask(ReserveStock, "1", quantity, product)
    assert (type(refusal).__name__, refusal.reason, refusal.available) == ("StockRejected", reason, available)
    assert (refusal.order_id, refusal.product_id, refusal.quantity, refusal.line) == ("1", product, quantity, 0)
    assert shelf.counts() == (75, 0)


def test_the_last_piece_goes_to_the_first_who_asks(shelf):
    shelf.ask(ReserveStock, "1", 75)
    assert types(shelf.ask(ReserveStock, "2", 1)) == ["StockRejected"]
    shelf.ask(ReleaseStock, "1", 75)
    assert types(shelf.ask(ReserveStock, "3", 1)) == ["StockReserved", "InventoryUpdated"]


def test_a_reservation_asked_twice_gets_the_same_answer_and_holds_once(shelf):
    first = shelf.ask(ReserveStock, "1", 3)[0]
    assert shelf.ask(ReserveStock, "1", 3) == [first]
    assert (shelf.counts(), shelf.version()) == ((75, 3), 2)


def test_a_refusal_asked_twice_gets_the_same_answer_even_when_stock_came_in_between(shelf):
    (first,) = shelf.ask(ReserveStock, "1", 76)
    list(receive(say(StockReceived, receipt_id="R2", product_id="U", quantity=10), shelf.memory))
    assert shelf.ask(ReserveStock, "1", 76) == [first]


def test_a_release_that_overtakes_its_reservation_wins(shelf):
    assert types(shelf.ask(ReleaseStock, "1", 3)) == ["StockReleased"]
    assert types(shelf.ask(ReserveStock, "1", 3)) == ["StockReleased"]
    assert (shelf.counts(), shelf.version()) == ((75, 0), 1)


@pytest.mark.parametrize(
    ("closing", "answer"),
    [(ReleaseStock, "StockReleased"), (ConsumeStock, "StockReserved")],
    ids=["released", "consumed"],
)
@pytest.mark.parametrize("late", [ReserveStock, ReleaseStock, ConsumeStock])
def test_a_late_command_for_a_closed_reservation_is_answered_from_the_record(shelf, closing, answer, late):
    shelf.ask(ReserveStock, "1", 3)
    shelf.ask(closing, "1", 3)
    counts, version = shelf.counts(), shelf.version()
    assert types(shelf.ask(late, "1", 3)) == [answer]
    assert (shelf.counts(), shelf.version()) == (counts, version)


@pytest.mark.parametrize("late", [ReserveStock, ReleaseStock, ConsumeStock])
def test_a_late_command_for_a_refused_line_is_refused_again(shelf, late):
    shelf.ask(ReserveStock, "1", 76)
    assert types(shelf.ask(late, "1", 76)) == ["StockRejected"]
    assert shelf.counts() == (75, 0)


def test_what_was_never_reserved_cannot_be_consumed_but_may_still_be_reserved(shelf):
    assert [fact.reason for fact in shelf.ask(ConsumeStock, "1")] == ["insufficient_stock"]
    assert [fact.reason for fact in shelf.ask(ConsumeStock, "1", 1, "never seen")] == ["unknown_product"]
    assert types(shelf.ask(ReserveStock, "1")) == ["StockReserved", "InventoryUpdated"]


def test_two_lines_of_the_same_product_are_two_reservations(shelf):
    shelf.ask(ReserveStock, "1", 2, line=0)
    shelf.ask(ReserveStock, "1", 3, line=1)
    assert shelf.counts() == (75, 5)
    shelf.ask(ReleaseStock, "1", 2, line=0)
    assert shelf.counts() == (75, 3)


def test_a_release_frees_what_is_on_record_not_what_it_says(shelf):
    shelf.ask(ReserveStock, "1", 3)
    shelf.ask(ReleaseStock, "1", 70)
    assert shelf.counts() == (75, 0)


def test_a_command_that_gives_a_line_another_product_is_set_aside(shelf):
    shelf.ask(ReserveStock, "1", 1, "U")
    with pytest.raises(ValueError, match="line 0 of order 1 is of product U"):
        shelf.ask(ReserveStock, "1", 1, "J")


def test_low_stock_is_told_once_per_crossing():
    shelf = Shelf(U=11)
    told = [types(shelf.ask(ReserveStock, str(order))).count("StockLow") for order in range(4)]
    assert told == [0, 1, 0, 0]
    for order in range(4):
        assert "StockLow" not in types(shelf.ask(ReleaseStock, str(order)))
    *_, low = shelf.ask(ReserveStock, "9", 5)
    assert (low.available, low.threshold) == (6, 10)


def test_a_count_can_never_fall_below_zero(shelf):
    shelf.ask(ReserveStock, "1", 3)
    shelf.memory.stock["U"] = type(shelf.memory.stock["U"])(on_hand=1, reserved=1)
    with pytest.raises(ValueError, match="shipped"):
        shelf.ask(ConsumeStock, "1", 3)
