"""Rates and latencies follow from the records' own timestamps."""

import json
from types import SimpleNamespace

import pytest

from agents.cli.figures import Figures, quantile


def record(topic, timestamp, event_type, **data):
    value = json.dumps({"event_type": event_type, "data": data}).encode()
    return SimpleNamespace(topic=topic, timestamp=timestamp, value=value)


def figures(*records):
    found = Figures()
    for one in records:
        found.take(one)
    return found


def test_a_rate_is_records_by_the_time_between_the_first_and_the_last():
    found = figures(*(record("fraud", 1_000 + 100 * n, "FraudCleared") for n in range(11)))
    assert (found.events, found.seconds, found.rate) == (11, 1.0, 11.0)


def test_latency_is_from_the_first_record_of_an_order_to_its_parcels():
    found = figures(
        record("orders", 1_000, "OrderPlaced", order_id=1),
        record("orders", 1_500, "OrderPlaced", order_id="1"),  # a repeat
        record("orders", 2_000, "OrderPlaced", order_id="2"),
        record("shipments", 1_100, "ShipmentCreated", order_id="1"),
        record("shipments", 1_250, "OrderShipped", order_id="1"),
        record("shipments", 2_900, "OrderShipped", order_id="3"),  # placed before anybody measured
    )
    assert found.latencies() == [250]


def test_endings_are_counted_with_their_reasons():
    found = figures(
        record("order-status", 1, "OrderCompleted", order_id="1"),
        record("order-status", 2, "OrderCancelled", order_id="2", reason="fraud"),
        record("order-status", 3, "OrderCancelled", order_id="3", reason="fraud"),
    )
    assert (len(found.moments["OrderCompleted"]), dict(found.reasons)) == (1, {"fraud": 2})


@pytest.mark.parametrize("value", [None, b"", b"{", b"17", b"[]", b'{"event_type": "OrderPlaced", "data": 3}', b"\xff"])
def test_junk_is_an_event_without_an_order(value):
    found = figures(SimpleNamespace(topic="orders", timestamp=5, value=value))
    assert (found.events, found.latencies()) == (1, [])


def test_quantiles_are_values_that_occurred():
    ordered = list(range(1, 101))
    assert [quantile(ordered, share) for share in (0, 0.5, 0.99, 1)] == [1, 51, 100, 100]
    assert quantile([], 0.5) == 0
