"""Who the customers are."""

from itertools import permutations

import pytest

from streams.events.intake import UserCreated
from streams.rules.customers.registering import register
from streams.rules.customers.rows import Memory
from tests.unit.rules.words import say


def user(name, at):
    return say(UserCreated, at=at, customer_id="C", name=name, phone="+491")


@pytest.mark.parametrize("events", permutations([user("old", 1), user("older", 0), user("new", 2), user("new", 2)]))
def test_the_latest_word_holds_in_whatever_order(events):
    memory = Memory({})
    for event in events:
        register(event, memory)
    assert {key: row.name for key, row in memory.customers.items()} == {"C": "new"}


def test_of_two_words_at_the_same_time_the_later_in_the_stream_holds():
    memory = Memory({})
    register(user("first", 1), memory)
    register(user("second", 1), memory)
    assert memory.customers["C"].name == "second"
