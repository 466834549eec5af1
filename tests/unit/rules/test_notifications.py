"""One SmsSent or SmsFailed for each OrderShipped, though customers may be late and gateways rude."""

from itertools import permutations

import pytest

from streams.events.intake import UserCreated
from streams.events.outbox import SendSms, SmsRequested
from streams.events.shipping import OrderShipped
from streams.rules.notifications.addressing import address, message_id, request
from streams.rules.notifications.memory import PATIENCE_MS, Memory, Policy
from streams.rules.notifications.reporting import failed, sent
from streams.rules.notifications.texts import text
from streams.rules.notifications.welcoming import on_timer, welcome
from streams.rules.timers import RETENTION_MS
from tests.unit.rules.words import Alarms, say

RULES = {"SmsRequested": address, "UserCreated": welcome, "SendSms": sent}


def asked(order="1"):
    return say(SmsRequested, message_id=f"M{order}", order_id=order, customer_id="C", tracking_number="T")


def user(phone="+491", at=0, **more):
    return say(UserCreated, at=at, customer_id="C", name="Ada", phone=phone, **more)


@pytest.fixture
def memory():
    return Memory({}, {}, {}, Alarms())


def hear(memory, *events):
    return [fact for event in events for fact in RULES[event.event_type](event, memory)]


def wait(memory, ms):
    return [fact for event in memory.timers.advance(ms) for fact in on_timer(event, memory)]


def posted(memory):
    (command,) = hear(memory, user(), asked())
    return say(SendSms, **{field: getattr(command, field) for field in command.__struct_fields__})


def test_a_parcel_asks_for_a_message_to_its_customer(memory):
    items = [{"product_id": "U", "quantity": 1}]
    shipped = say(OrderShipped, shipment_id="S", order_id="Ö/1", customer_id="C", items=items, tracking_number="T")
    (fact,) = request(shipped, memory)
    assert (fact.message_id, fact.order_id, fact.customer_id, fact.tracking_number) == (
        "shipped-%C3%96%2F1",
        "Ö/1",
        "C",
        "T",
    )


def test_a_message_id_is_plain_ascii_and_no_two_orders_share_one():
    ids = {message_id(order) for order in ("ö", "o", "%C3%B6", "a/b", "a%2Fb", "a b")}
    assert len(ids) == 6
    assert all(each.isascii() for each in ids)


@pytest.mark.parametrize("events", permutations([user(), asked(), asked()]))
def test_a_message_is_sent_once_whether_the_customer_is_early_or_late(memory, events):
    (command,) = hear(memory, *events)
    assert (type(command).__name__, command.message_id, command.phone) == ("SendSms", "M1", "+491")
    assert command.text == text(None, "1", "T")


def test_a_message_waits_for_its_customer_and_then_gives_up(memory):
    hear(memory, asked())
    assert wait(memory, PATIENCE_MS - 1) == []
    (fact,) = wait(memory, 1)
    assert (type(fact).__name__, fact.reason, fact.message_id) == ("SmsFailed", "no_phone", "M1")
    assert hear(memory, user(), asked()) == []


def test_all_messages_that_wait_are_sent_when_the_customer_comes(memory):
    hear(memory, asked("1"), asked("2"))
    wait(memory, PATIENCE_MS - 1)
    assert [fact.message_id for fact in hear(memory, user())] == ["M1", "M2"]
    assert wait(memory, PATIENCE_MS) == []


def test_giving_up_on_one_message_leaves_the_others_waiting(memory):
    hear(memory, asked("1"))
    wait(memory, PATIENCE_MS // 2)
    hear(memory, asked("2"))
    assert [fact.message_id for fact in wait(memory, PATIENCE_MS // 2)] == ["M1"]
    assert [fact.message_id for fact in hear(memory, user())] == ["M2"]


def test_a_full_queue_fails_at_once():
    memory = Memory({}, {}, {}, Alarms(), Policy(queue_limit=1))
    assert [fact.reason for fact in hear(memory, asked("1"), asked("2"))] == ["no_phone"]
    assert [fact.message_id for fact in hear(memory, user())] == ["M1"]


def test_a_blank_phone_is_no_phone(memory):
    assert [fact.reason for fact in hear(memory, asked("1"), user(" "), asked("2"))] == ["no_phone", "no_phone"]


def test_the_latest_word_on_a_customer_holds(memory):
    (command,) = hear(memory, user("+new", at=2), user("+old", at=1), asked())
    assert command.phone == "+new"


def test_a_message_that_was_taken_is_reported_once(memory):
    command = posted(memory)
    (fact,) = hear(memory, command, command)
    assert (type(fact).__name__, fact.order_id, fact.customer_id, fact.message_id) == ("SmsSent", "1", "C", "M1")
    assert (fact.text, list(failed(command, "gateway_error", memory))) == (command.data.text, [])


def test_a_message_that_was_refused_is_reported_once_with_the_reason(memory):
    command = posted(memory)
    (fact,) = failed(command, "gateway_error", memory)
    assert (type(fact).__name__, fact.reason, fact.text) == ("SmsFailed", "gateway_error", command.data.text)
    assert hear(memory, command) == []


def test_messages_are_forgotten_after_a_while(memory):
    hear(memory, asked("1"), user(), asked("2"))
    wait(memory, PATIENCE_MS)
    wait(memory, RETENTION_MS)
    assert (memory.messages, memory.queues, memory.timers.waiting) == ({}, {}, {})


@pytest.mark.parametrize(
    ("locale", "begins"),
    [("de-AT", "Ihre"), ("de_DE", "Ihre"), ("FR", "Votre"), ("xx", "Your"), ("", "Your"), (None, "Your")],
)
def test_a_customer_reads_her_language_or_english(locale, begins):
    words = text(locale, "1", "T9")
    assert words.startswith(begins)
    assert "1" in words
    assert "T9" in words


def test_braces_in_an_order_id_are_just_braces():
    assert "{name}" in text("en", "{name}", "{order}")
