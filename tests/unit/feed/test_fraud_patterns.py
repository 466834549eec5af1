"""Each fraud pattern does what its name says, and patterns are mixed as asked."""

import json
from collections import Counter
from datetime import UTC, datetime
from random import Random

import pytest

from streams.feed import FeedOptions, Summary, feed
from streams.feed.fraud import PATTERNS, Scene, mixed

START = datetime(2024, 5, 1, tzinfo=UTC)
DAY = 86_400.0


def play(name, *, seed=1, cents=5_000, left=30 * DAY):
    random = Random(seed)
    scene = Scene("stolen", cents, left, lambda: f"POS-{random.randrange(100)}", lambda: f"K-{random.randrange(1000)}")
    return list(PATTERNS[name](random, scene))


@pytest.mark.parametrize("name", PATTERNS)
@pytest.mark.parametrize("seed", range(5))
def test_a_theft_is_a_handful_of_payments_in_time_order_before_the_shop_closes(name, seed):
    attempts = play(name, seed=seed, left=3_600.0)
    assert len(attempts) >= 4
    assert [attempt.after for attempt in attempts] == sorted(attempt.after for attempt in attempts)
    assert 0 <= attempts[0].after <= attempts[-1].after <= 3_600
    assert all(attempt.cents > 0 for attempt in attempts)


def test_a_burst_spends_many_times_the_order_within_a_minute():
    attempts = play("burst")
    assert attempts[-1].after < 60
    assert all(attempt.cents >= 3 * 5_000 and attempt.card == "stolen" for attempt in attempts)


def test_testing_is_small_payments_at_one_till_and_then_a_large_one():
    *small, large = play("testing")
    assert {attempt.terminal for attempt in small} == {small[0].terminal}
    assert max(attempt.cents for attempt in small) <= 300
    assert large.cents >= 4 * 5_000


def test_a_takeover_lasts_days_in_a_few_places():
    attempts = play("takeover")
    assert attempts[-1].after > DAY
    assert len({attempt.terminal for attempt in attempts}) <= 3
    assert {attempt.card for attempt in attempts} == {"stolen"}


def test_a_compromised_terminal_is_one_till_and_many_cards_within_half_an_hour():
    attempts = play("terminal")
    assert attempts[-1].after < 1_800
    assert len({attempt.terminal for attempt in attempts}) == 1
    assert len({attempt.card for attempt in attempts}) > 10


def test_collusion_is_a_small_ring_at_one_till_in_almost_equal_amounts():
    attempts = play("collusion")
    assert len({attempt.terminal for attempt in attempts}) == 1
    assert len({attempt.card for attempt in attempts}) == 3
    amounts = [attempt.cents for attempt in attempts]
    assert max(amounts) / min(amounts) < 1.2


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("burst", {"burst": 1.0}),
        ("burst, testing:0.3", {"burst": 1.0, "testing": 0.3}),
        ("collusion:2,", {"collusion": 2.0}),
    ],
)
def test_a_mix_is_names_and_weights(text, weights):
    assert mixed(text, PATTERNS) == weights


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("brust", "no fraud pattern 'brust'; there are burst, terminal"),
        ("burst:much", "the weight of burst is a number above zero, not 'much'"),
        ("burst:0", "the weight of burst"),
        ("burst:nan", "the weight of burst"),
        (" , ", "name at least one"),
    ],
)
def test_a_mix_that_is_none_is_explained(text, words):
    with pytest.raises(ValueError, match=words):
        mixed(text, PATTERNS)


def frauds(patterns, orders=400):
    options = FeedOptions(
        start=START, orders=orders, orders_per_second=0.001, fraud=0.05, labels=1.0, malformed=0.0, duplicates=0.0,
        fraud_patterns=patterns,
    )  # fmt: skip
    told = [json.loads(record.value) for record in feed(options, Summary())]
    bad = {event["data"]["transaction_id"] for event in told if event["data"].get("fraud") is True}
    return [event for event in told if event["event_type"] == "TransactionAttempted"
            and event["data"]["transaction_id"] in bad]  # fmt: skip


def test_only_the_patterns_that_were_asked_for_are_played():
    small = Counter(event["data"]["amount"] <= 3 for event in frauds({"testing": 1.0}))
    assert small[True] > small[False]
    assert not any(event["data"]["amount"] <= 3 for event in frauds({"collusion": 1.0}))


def test_a_mix_that_changes_while_the_feed_runs_is_obeyed():
    weights = {"collusion": 1.0}
    options = FeedOptions(
        start=START, orders=400, orders_per_second=0.001, fraud=0.2, malformed=0.0, late=0.0, fraud_patterns=weights
    )
    amounts = []
    for record in feed(options):
        if record.topic == "transactions":
            amounts.append(json.loads(record.value)["data"]["amount"])
            if len(amounts) == 300:
                weights.clear()
                weights["testing"] = 1.0
    assert sum(amount <= 3 for amount in amounts[300:]) > 10 + sum(amount <= 3 for amount in amounts[:300])


@pytest.mark.parametrize("patterns", [{}, {"robbery": 1.0}])
def test_patterns_that_are_none_are_refused(patterns):
    with pytest.raises(ValueError, match="fraud patterns are some of burst"):
        FeedOptions(start=START, fraud_patterns=patterns)
