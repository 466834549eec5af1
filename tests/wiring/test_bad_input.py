"""Nothing is dropped in silence: what cannot be read or decided is set aside, and the rest goes on."""

import json

import pytest

from agents.services import readers
from streams import topics

INPUTS = [topics.orders, topics.stock_receipts, topics.transactions, topics.transaction_labels, topics.customers]
JUNK = [b"", b"\xff\xfe", b"{", b"null", b"[1]", b'{"event_type":"OrderPlaced"}', b"\x00" * 1000]


def letters(shop):
    """Of each record set aside: who set it aside, and where it came from."""
    found = shop.driver.dead_letters()
    return [(headers["service"], headers["source-topic"], headers["source-offset"]) for headers, _ in found]


@pytest.mark.parametrize("topic", INPUTS, ids=lambda topic: topic.name)
def test_every_service_that_reads_junk_sets_it_aside_with_its_bytes_and_a_reason(shop, topic):
    for value in JUNK:
        shop.throw(topic, value, partition=2)
    shop.run()
    found = shop.driver.dead_letters()
    expected = JUNK if topic is topics.orders else [value for value in JUNK if b"OrderPlaced" not in value]
    for service in shop.services:
        values = [letter.value for headers, letter in found if headers["service"] == service]
        assert values == (expected if service in readers()[topic.name] else [])
    assert all(headers["source-partition"] == "2" and headers["error-message"] for headers, _ in found)


def test_good_records_among_bad_ones_are_answered(shop):
    shop.stock(U=10)
    for number in range(5):
        shop.throw(topics.orders, b"{", key=f"{number}".encode())
        shop.order(f"{number}", U=1)
    shop.run()
    assert shop.counted(topics.order_status) == {"OrderConfirmed": 5, "OrderCompleted": 5}
    assert len(letters(shop)) == 5 * len(readers()["orders"])


def test_a_command_that_contradicts_the_record_is_set_aside_and_changes_nothing(shop):
    shop.stock(U=10, V=10)
    shop.order("1", U=3, card="C-1")
    shop.run()
    before, said = shop.tables(), shop.topics()
    partition = next(place for name, place in said if name == "stock-commands")
    wrong = {"event_type": "ReserveStock", "timestamp": "2023-11-14T22:13:20Z", "event_id": "wrong"}
    data = {"order_id": "1", "product_id": "V", "quantity": 3, "line": 0}
    shop.throw(topics.stock_commands, json.dumps({**wrong, "data": data}).encode(), partition=partition)
    shop.run()
    ((headers, letter),) = shop.driver.dead_letters()
    assert (headers["service"], headers["error-class"]) == ("inventory", "ValueError")
    assert "is of product U" in headers["error-message"]
    assert json.loads(letter.value)["event_id"] == "wrong"
    assert shop.tables() == before


def test_a_record_set_aside_takes_no_neighbour_with_it(shop):
    """A chunk of three commands, the second of which raises: the savepoint is per record."""
    shop.stock(U=10)
    shop.order("1", U=3, card="C-1")
    shop.run()
    partition = next(place for name, place in shop.topics() if name == "stock-commands")
    for name, order, product in ("a", "2", "U"), ("b", "1", "V"), ("c", "3", "U"):
        event = {"event_type": "ReserveStock", "timestamp": "2023-11-14T22:13:20Z", "event_id": name}
        event["data"] = {"order_id": order, "product_id": product, "quantity": 2, "line": 0}
        shop.throw(topics.stock_commands, json.dumps(event).encode(), partition=partition)
    shop.run("inventory")
    assert shop.answers("2") == shop.answers("3") == [(0, "StockReserved")]
    assert shop.shelf("U") == (10, 7)
    assert [json.loads(letter.value)["event_id"] for _, letter in shop.driver.dead_letters()] == ["b"]


def test_an_event_type_that_a_topic_does_not_know_is_passed_over(shop):
    event = {"event_type": "OrderPraised", "timestamp": "2023-11-14T22:13:20Z", "data": {"order_id": "1"}}
    shop.throw(topics.orders, json.dumps(event).encode())
    shop.run()
    assert shop.driver.dead_letters() == []


def test_a_record_that_was_set_aside_is_set_aside_once(shop):
    shop.throw(topics.customers, b"{")
    shop.run()
    shop.run()
    assert sorted(letters(shop)) == [(name, "customers", "0") for name in sorted(readers()["customers"])]
