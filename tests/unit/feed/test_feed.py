"""The synthetic shop keeps its promises: repeatable, paced, and exactly as disorderly as it is asked to be."""

import json
from collections import Counter, defaultdict
from datetime import UTC, datetime

import pytest

from streams.feed import FeedOptions, Summary, feed

START = datetime(2024, 5, 1, tzinfo=UTC)
CLEAN = {"duplicates": 0.0, "late": 0.0, "out_of_order": 0.0, "malformed": 0.0, "fraud": 0.0, "walk_ins": 0.0}


def records(**options):
    return list(feed(FeedOptions(start=START, **{"orders": 500, "products": 30, "customers": 80, **options})))


def events(event_type, **options):
    told = (json.loads(record.value) for record in records(**{**CLEAN, **options}))
    return [event for event in told if event["event_type"] == event_type]


def test_the_same_options_give_the_same_bytes():
    assert records(seed=7, labels=0.5) == records(seed=7, labels=0.5)


def test_another_seed_gives_another_shop():
    assert records(seed=7) != records(seed=8)


def test_records_come_in_the_order_of_publishing_from_second_zero():
    times = [record.at for record in records(labels=0.2)]
    assert times[0] == 0
    assert times == sorted(times)


def test_the_pace_is_orders_per_second_of_event_time():
    placed = events("OrderPlaced", orders=2_000, orders_per_second=10.0, cancellations=0.0)
    first, last = (datetime.fromisoformat(placed[i]["timestamp"]) for i in (0, -1))
    assert (last - first).total_seconds() == pytest.approx(200, rel=0.1)


def test_every_product_is_received_before_anything_else():
    first = [json.loads(record.value) for record in records()[:30]]
    assert {event["event_type"] for event in first} == {"StockReceived"}


def test_no_product_is_received_twice_before_it_is_received_once():
    opening = Counter(json.loads(record.value)["data"]["product_id"] for record in records(**CLEAN)[:30])
    assert opening.most_common(1)[0][1] == 1
    assert len(opening) == 30


def test_every_order_is_placed_once_with_one_to_four_lines():
    placed = events("OrderPlaced")
    assert [len({event["data"]["order_id"] for event in placed}), len(placed)] == [500, 500]
    assert {
        len(event["data"]["items"]) for event in events("OrderPlaced", unknown_products=0.0, invalid_quantities=0.0)
    } == {
        1,
        2,
        3,
        4,
    }


def test_an_order_with_a_card_is_paid_exactly_once_with_its_total_amount():
    placed = {event["data"]["order_id"]: event["data"] for event in events("OrderPlaced")}
    paid = [event["data"] for event in events("TransactionAttempted")]
    assert {(paid["order_id"], paid["amount"], paid["card_id"]) for paid in paid} == {
        (order_id, order["total_amount"], order["card_id"]) for order_id, order in placed.items() if "card_id" in order
    }
    assert len(paid) == sum("card_id" in order for order in placed.values())


def test_an_order_on_account_has_no_card_and_no_payment():
    assert not any("card_id" in event["data"] for event in events("OrderPlaced", on_account=1.0))
    assert not events("TransactionAttempted", on_account=1.0)


def test_an_abandoned_order_is_never_paid():
    assert all("card_id" in event["data"] for event in events("OrderPlaced", on_account=0.0, abandoned=1.0))
    assert not events("TransactionAttempted", on_account=0.0, abandoned=1.0)


def test_popular_products_sell_far_more_than_others():
    sold = Counter(item["product_id"] for event in events("OrderPlaced") for item in event["data"]["items"])
    assert sold["A101"] > 5 * sold["A130"]


def test_deliveries_follow_what_is_sold_and_scarce_products_get_none():
    assert len(events("StockReceived", orders=2_000, scarce=0.0)) > 60
    assert len(events("StockReceived", orders=2_000, scarce=1.0)) == 30


def test_most_orders_can_be_served_and_some_cannot():
    summary = Summary()
    list(feed(FeedOptions(start=START, orders=2_000), summary))
    assert 0 < summary.traits["short of stock"] < 200


def test_cancellations_come_before_and_after_their_orders():
    place: dict[str, dict[str, int]] = defaultdict(dict)
    for number, record in enumerate(records(**CLEAN, cancellations=1.0)):
        if record.topic == "orders":
            place[record.key.decode()][json.loads(record.value)["event_type"]] = number
    before = sum(order["OrderCancelRequested"] < order["OrderPlaced"] for order in place.values())
    assert 150 < before < 350


def test_some_customers_become_known_only_after_their_first_order():
    known: dict[str, int] = {}
    ordered: dict[str, int] = {}
    for number, record in enumerate(records(**CLEAN, late_customers=0.5)):
        if record.topic in {"customers", "orders"}:
            data = json.loads(record.value)["data"]
            target = known if record.topic == "customers" else ordered
            target.setdefault(data.get("customer_id", ""), number)
    assert set(ordered) - {""} == set(known)
    assert 10 < sum(ordered[customer] < known[customer] for customer in known) < 70


def test_a_repeat_carries_the_same_fact_and_half_of_them_the_same_event_id():
    told = [json.loads(record.value) for record in records(**{**CLEAN, "duplicates": 1.0})]
    facts = Counter(json.dumps(event["data"], sort_keys=True) for event in told)
    assert set(facts.values()) == {2}
    kept = len(told) - len({event["event_id"] for event in told})
    assert 0.4 < kept / (len(told) / 2) < 0.6


def test_late_records_happened_minutes_to_hours_before_they_are_published():
    behind = [
        record.at - (datetime.fromisoformat(json.loads(record.value)["timestamp"]) - START).total_seconds()
        for record in records(**{**CLEAN, "late": 1.0})[30:]
    ]
    assert all(59.9 < seconds < 4 * 3600 + 0.1 for seconds in behind)


def test_a_shuffled_record_is_overtaken_by_at_most_twenty_others_and_a_few_held_back():
    ordered = [json.loads(record.value)["event_id"] for record in records(**CLEAN)]
    shuffled = [json.loads(record.value)["event_id"] for record in records(**{**CLEAN, "out_of_order": 0.1})]
    assert sorted(shuffled) == sorted(ordered)
    place = {event_id: number for number, event_id in enumerate(ordered)}
    detours = [number - place[event_id] for number, event_id in enumerate(shuffled)]
    assert 0 < max(detours) <= 20 + 10


def test_junk_replaces_nothing():
    clean, dirty = records(), records(malformed=0.5)
    assert [record for record in dirty if not record.key.startswith(b"J-")] == [
        record for record in records(malformed=0.0) if not record.key.startswith(b"J-")
    ]
    assert len(dirty) > 1.2 * len(clean)


def test_junk_comes_in_every_kind():
    summary = Summary()
    list(feed(FeedOptions(start=START, orders=1_000, malformed=0.5), summary))
    assert set(summary.junk) == {
        "broken json",
        "wrong types",
        "missing fields",
        "not an object",
        "empty",
        "invalid utf8",
        "huge",
    }


def test_a_thief_tries_the_card_before_his_order_and_its_label_says_fraud():
    options = {**CLEAN, "fraud": 1.0, "labels": 1.0, "on_account": 0.0}
    tried = events("TransactionAttempted", **options)
    labels = events("TransactionLabelled", **options)
    assert len(tried) > 2 * 500
    assert {label["data"]["transaction_id"] for label in labels} == {event["data"]["transaction_id"] for event in tried}
    assert all(label["data"]["fraud"] for label in labels)


def test_labels_come_last_and_are_dated_days_later():
    told = [json.loads(record.value) for record in records(**CLEAN, labels=1.0)]
    types = [event["event_type"] for event in told]
    assert types.index("TransactionLabelled") == len(types) - types.count("TransactionLabelled")
    assert {event["timestamp"][:10] for event in told[-20:]} == {"2024-05-08"}


def test_the_run_is_woven_into_every_id_that_must_be_unique():
    first = {json.loads(record.value)["event_id"] for record in records(malformed=0.0, run="a")}
    second = {json.loads(record.value)["event_id"] for record in records(malformed=0.0, run="b")}
    assert not first & second


def test_the_summary_counts_what_was_fed():
    summary = Summary()
    fed = list(feed(FeedOptions(start=START, orders=300, malformed=0.2), summary))
    assert summary.by_topic == Counter(record.topic for record in fed)
    assert summary.records == len(fed)
    assert summary.by_type.total() + summary.junk.total() == len(fed)
    assert ("event", "OrderPlaced", summary.by_type["OrderPlaced"]) in summary.rows()


def test_declined_cards_are_marked_by_their_prefix():
    paid = events("TransactionAttempted", declined_payments=1.0)
    assert paid
    assert all(event["data"]["card_id"].startswith("DECLINE-") for event in paid)


def test_unknown_products_and_quantities_below_one_are_ordered_on_request():
    gone = events("OrderPlaced", unknown_products=1.0)
    assert all(any(item["product_id"].startswith("GONE-") for item in event["data"]["items"]) for event in gone)
    empty = events("OrderPlaced", unknown_products=0.0, invalid_quantities=1.0)
    assert all(any(item["quantity"] < 1 for item in event["data"]["items"]) for event in empty)


@pytest.mark.parametrize("wrong", [{"fraud": 1.5}, {"customers": 0}, {"orders_per_second": 0.0}, {"late": -0.1}])
def test_impossible_options_are_refused(wrong):
    with pytest.raises(ValueError, match=r"share|shop"):
        FeedOptions(start=START, **wrong)


def test_a_start_without_a_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        FeedOptions(start=datetime(2024, 5, 1))  # noqa: DTZ001 - the point of the test
