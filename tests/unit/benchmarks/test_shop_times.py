"""When what happened to an order, read from records of all sorts."""

import json

from benchmarks.shop.times import Times


def said(kind, **data):
    return json.dumps({"event_type": kind, "data": data}).encode()


def test_junk_is_about_no_order():
    times = Times()
    for value in (None, b"", b"junk", b"\xff\xfe", b"[]", b'{"event_type": 1}', b'{"event_type": "\xff"}'):
        times.take("orders", 1, value)
        times.take("shipments", 2, value)
    assert not times.asked
    assert not times.shipped


def test_an_order_waits_from_the_last_that_was_told_of_it_to_its_parcel():
    times = Times()
    times.take("orders", 1_000, said("OrderPlaced", order_id="O1"))
    times.take("transactions", 1_300, said("TransactionAttempted", order_id="O1"))
    times.take("shipments", 1_900, said("OrderShipped", order_id="O1"))
    times.take("shipments", 2_500, said("OrderShipped", order_id="O1"))
    times.take("order-status", 2_000, said("OrderCompleted", order_id="O1"))
    assert times.waits() == [600]
    assert times.settled == {"O1": 2_000}


def test_a_producer_that_tells_it_again_makes_no_order_younger():
    times = Times()
    times.take("orders", 1_000, said("OrderPlaced", order_id="O1"))
    times.take("transactions", 1_300, said("TransactionAttempted", order_id="O1", transaction_id="T1"))
    times.take("transactions", 1_400, said("TransactionAttempted", order_id="O1", transaction_id="T2"))
    times.take("orders", 1_700, said("OrderPlaced", order_id="O1"))
    times.take("shipments", 1_900, said("OrderShipped", order_id="O1"))
    times.take("transactions", 7_000, said("TransactionAttempted", order_id="O1", transaction_id="T1"))
    assert times.waits() == [500]
