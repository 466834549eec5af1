"""Deliveries and audits, reservations that break, and what is forgotten."""

from streams.events.inventory import ConsumeStock, ReleaseStock, ReserveStock
from streams.events.warehouse import StockCounted, StockReceived
from streams.rules.inventory.forgetting import on_timer
from streams.rules.inventory.memory import HOLD_MS
from streams.rules.inventory.receiving import count, receive
from streams.rules.inventory.reserving import reserve
from streams.rules.timers import DAY_MS, RETENTION_MS
from tests.unit.rules.test_stock import Shelf
from tests.unit.rules.words import say, types


def deliver(shelf, receipt, quantity, product="U"):
    return list(receive(say(StockReceived, receipt_id=receipt, product_id=product, quantity=quantity), shelf.memory))


def audit(shelf, audit_id, on_hand, product="U"):
    return list(count(say(StockCounted, count_id=audit_id, product_id=product, on_hand=on_hand), shelf.memory))


def wait(shelf, ms):
    return [fact for event in shelf.memory.timers.advance(ms) for fact in on_timer(event, shelf.memory)]


def broken(facts):
    return [fact.order_id for fact in facts if type(fact).__name__ == "ReservationExpired"]


def test_a_delivery_makes_a_product_known_and_is_numbered_from_one():
    shelf = Shelf()
    (update,) = deliver(shelf, "R1", 5)
    assert (update.on_hand, update.version, update.reason, update.receipt_id) == (5, 1, "received", "R1")


def test_a_receipt_counts_once():
    shelf = Shelf()
    deliver(shelf, "R1", 5)
    assert deliver(shelf, "R1", 5) == []
    assert (shelf.counts(), shelf.version()) == ((5, 0), 1)


def test_a_delivery_note_may_list_several_products():
    shelf = Shelf()
    assert deliver(shelf, "R1", 5, "A/1")
    assert deliver(shelf, "1/R1", 5, "A")
    assert deliver(shelf, "R1", 5, "A")
    assert shelf.counts("A") == (10, 0)


def test_a_count_sets_what_is_on_hand_and_a_repeat_of_it_does_not():
    shelf = Shelf(U=10)
    (update, *_) = audit(shelf, "A1", 7)
    assert (update.on_hand, update.change.on_hand, update.reason, update.receipt_id) == (7, -3, "counted", "A1")
    deliver(shelf, "R2", 1)
    assert audit(shelf, "A1", 7) == []
    assert shelf.counts() == (8, 0)


def test_a_count_and_a_receipt_may_share_an_id():
    shelf = Shelf()
    deliver(shelf, "1", 5)
    assert audit(shelf, "1", 3)


def test_a_count_makes_a_product_known_even_when_nothing_is_there():
    shelf = Shelf()
    assert types(audit(shelf, "A1", 0)) == ["InventoryUpdated"]
    assert [fact.reason for fact in shelf.ask(ReserveStock, "1")] == ["insufficient_stock"]


def test_a_count_below_what_is_reserved_breaks_the_newest_reservations():
    shelf = Shelf(U=20)
    for order in ("1", "2", "3"):
        shelf.ask(ReserveStock, order, 4)
    facts = audit(shelf, "A1", 5)
    assert broken(facts) == ["3", "2"]
    assert types(facts)[-2:] == ["InventoryUpdated", "StockLow"]
    assert all(fact.available >= 0 for fact in facts if type(fact).__name__ == "InventoryUpdated")
    assert shelf.counts() == (5, 4)


def test_breaking_passes_over_what_is_closed():
    shelf = Shelf(U=20)
    for order in ("1", "2", "3", "4"):
        shelf.ask(ReserveStock, order, 4)
    shelf.ask(ReleaseStock, "4", 4)
    shelf.ask(ConsumeStock, "2", 4)
    assert broken(audit(shelf, "A1", 4)) == ["3"]
    shelf.ask(ReserveStock, "5", 0)
    assert broken(audit(shelf, "A2", 0)) == ["1"]


def test_a_parcel_whose_reservation_broke_on_the_way_moves_no_count_but_is_on_the_books():
    shelf = Shelf(U=4)
    shelf.ask(ReserveStock, "1", 4)
    audit(shelf, "A1", 1)
    shelf.ask(ReserveStock, "2", 1)
    counts, version = shelf.counts(), shelf.version()
    correction, shipment, *_ = shelf.ask(ConsumeStock, "1", 4)
    assert (correction.reason, correction.change.on_hand) == ("counted", 4)
    assert (shipment.reason, shipment.change.on_hand, shipment.change.reserved) == ("shipped", -4, 0)
    assert (shelf.counts(), shelf.version()) == (counts, version + 2)
    assert types(shelf.ask(ConsumeStock, "1", 4)) == ["StockReserved"]


def test_a_broken_reservation_stays_broken_when_it_is_released():
    shelf = Shelf(U=4)
    shelf.ask(ReserveStock, "1", 4)
    audit(shelf, "A1", 1)
    assert types(shelf.ask(ReleaseStock, "1", 4)) == ["ReservationExpired"]
    assert shelf.counts() == (1, 0)


def test_a_reservation_that_nobody_ends_expires():
    shelf = Shelf(U=4)
    shelf.ask(ReserveStock, "1", 4)
    assert wait(shelf, HOLD_MS - 1) == []
    assert types(wait(shelf, 1)) == ["ReservationExpired", "InventoryUpdated"]
    assert shelf.counts() == (4, 0)


def test_a_reservation_made_late_is_held_as_long_as_any_other():
    shelf = Shelf(U=4)
    event = say(ReserveStock, at=-5 * DAY_MS, order_id="1", product_id="U", quantity=1, line=0)
    list(reserve(event, shelf.memory))
    assert wait(shelf, HOLD_MS - 1) == []
    assert types(wait(shelf, 1)) == ["ReservationExpired", "InventoryUpdated"]


def test_closed_reservations_and_receipts_are_forgotten():
    shelf = Shelf(U=4)
    shelf.ask(ReserveStock, "1", 1)
    shelf.ask(ConsumeStock, "1", 1)
    shelf.ask(ReserveStock, "2", 9)
    shelf.ask(ReleaseStock, "3", 1)
    assert wait(shelf, HOLD_MS) == []
    assert wait(shelf, RETENTION_MS) == []
    assert (shelf.memory.reservations, shelf.memory.receipts) == ({}, {})
    assert shelf.counts() == (3, 0)


def test_a_closed_reservation_is_kept_while_an_open_one_lies_below_it():
    shelf = Shelf(U=9)
    shelf.memory.timers.now += 30 * DAY_MS  # the first command bears a time far ahead, so its hold ends late
    shelf.ask(ReserveStock, "1", 4)
    shelf.memory.timers.now -= 30 * DAY_MS
    shelf.ask(ReserveStock, "2", 4)
    shelf.ask(ConsumeStock, "2", 4)
    wait(shelf, HOLD_MS + RETENTION_MS + DAY_MS)
    assert broken(audit(shelf, "A1", 0)) == ["1"]


def test_a_key_that_is_used_again_after_years_leads_no_walk_astray():
    shelf = Shelf(U=9)
    for order in ("1", "2"):
        shelf.ask(ReserveStock, order, 1)
    del shelf.memory.reservations["1/0"]
    shelf.ask(ReserveStock, "1", 1)
    assert broken(audit(shelf, "A1", 1)) == ["1", "2"]
