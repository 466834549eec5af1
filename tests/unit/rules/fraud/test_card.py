"""What a card's history says of an attempt: the places and the amounts that come back."""

import pytest

from streams.rules.fraud.card import NAMES, RECENT, measure
from streams.rules.fraud.rows import Card

HOUR = 3_600_000


def told(*attempts):
    """The codes of the last of some attempts, one an hour, each an amount and a terminal."""
    card = Card()
    for number, (amount, terminal) in enumerate(attempts, 1):
        codes, card = measure(card, number * HOUR, amount, terminal)
    return dict(zip(NAMES, codes, strict=True))


def test_a_place_counts_as_often_as_the_card_was_there_of_late():
    assert told((100, "a"))["same"] == 0
    assert told((100, "a"), (900, "b"), (100, "a"), (100, "a"))["same"] == 2
    assert told(*[(100, "a")] * (2 * RECENT))["same"] == RECENT


@pytest.mark.parametrize(
    ("earlier", "amount", "alike"),
    [
        ([], 10_000, 0),
        ([10_000, 10_200, 9_900], 10_000, 3),
        ([5_000, 20_000, 10_000], 10_000, 1),
        ([0, 0], 0, 2),
        ([10**18], 10**18, 1),
        ([0], 10**18, 0),
        ([10_000] * (2 * RECENT), 10_000, RECENT),
    ],
)
def test_amounts_within_about_a_tenth_are_alike(earlier, amount, alike):
    assert told(*[(cents, "a") for cents in (*earlier, amount)])["alike"] == alike


def test_the_same_amount_at_the_same_place_is_seen_again_and_neither_alone_is():
    assert told((100, "a"), (100, "a"), (100, "b"), (900, "a"), (100, "a"))["again"] == 2


def test_the_latest_places_are_told_apart():
    assert told((100, "a"), (100, "b"), (100, "a"))["distinct"] == 2
    assert told(*[(100, str(n)) for n in range(30)])["distinct"] == 8


@pytest.mark.parametrize(("amount", "code"), [(1_000, 255), (150, 128), (0, 0)])
def test_a_card_whose_amounts_hardly_ever_differ_can_still_be_measured(amount, code):
    steady = Card(seen=50_000, ordinary=50_000, opened=1, last=1, mean=150.0, spread=5e-324)
    codes, _ = measure(steady, HOUR, amount, "a")
    assert dict(zip(NAMES, codes, strict=True))["distance"] == code
