"""One SMS, or one word why not, for each parcel that leaves."""

import pytest

from streams import topics
from streams.engine.faults import InjectedFault
from tests.wiring.shop import ADA

MINUTE = 60


def ship(shop):
    shop.stock(U=10)
    shop.order("1", U=3)
    shop.run()
    assert len(shop.facts("OrderShipped")) == 1


def test_a_message_waits_for_a_customer_who_is_not_known_yet(shop):
    ship(shop)
    assert shop.gateway.posted == []
    shop.tell("UserCreated", **ADA)
    shop.run()
    assert [sms.phone for sms in shop.gateway.posted] == ["+49301"]
    assert shop.counted(topics.notifications) == {"SmsSent": 1}


def test_a_customer_who_stays_unknown_gets_no_message_and_that_is_said_once(shop):
    ship(shop)
    shop.wait(9 * MINUTE)
    assert shop.counted(topics.notifications) == {}
    shop.wait(2 * MINUTE)
    shop.tell("UserCreated", **ADA)
    shop.run()
    (failure,) = shop.facts("SmsFailed", "SmsSent")
    assert (failure.order_id, failure.reason) == ("1", "no_phone")
    assert shop.gateway.posted == []


@pytest.mark.parametrize("reason", ["gateway_error", "rejected"])
def test_a_message_that_the_gateway_does_not_take_is_failed_with_its_reason(shop, reason):
    shop.gateway.refused["+49301"] = reason
    shop.tell("UserCreated", **ADA)
    ship(shop)
    (failure,) = shop.facts("SmsFailed", "SmsSent")
    assert (failure.order_id, failure.reason) == ("1", reason)


def test_a_customer_without_a_phone_gets_no_message(shop):
    shop.tell("UserCreated", **{**ADA, "phone": " "})
    ship(shop)
    assert [failure.reason for failure in shop.facts("SmsFailed")] == ["no_phone"]
    assert shop.gateway.posted == []


def test_a_customer_reads_her_own_language(shop):
    shop.tell("UserCreated", **ADA, locale="de-AT")
    ship(shop)
    assert "unterwegs" in shop.facts("SmsSent")[0].text


def test_a_crash_between_post_and_commit_posts_again_with_the_same_id_and_says_so_once(shop):
    shop.tell("UserCreated", **ADA)
    shop.run()
    shop.gateway.after_post = lambda: shop.driver.fail_at("notifications", "before-end")
    with pytest.raises(InjectedFault):
        ship(shop)
    assert len(shop.gateway.posted) == 1
    assert shop.counted(topics.notifications) == {}
    shop.gateway.after_post = None
    shop.driver.restart("notifications")
    shop.run()
    assert [sms.message_id for sms in shop.gateway.posted] == ["shipped-1"] * 2
    assert shop.counted(topics.notifications) == {"SmsSent": 1}


def test_an_order_that_is_shipped_twice_over_is_told_once(shop):
    shop.tell("UserCreated", **ADA)
    ship(shop)
    shop.driver.repeat(topics.shipments)
    shop.driver.repeat(topics.notifications_outbox)
    shop.run()
    assert shop.counted(topics.notifications) == {"SmsSent": 1}


def test_a_message_that_nobody_can_read_is_set_aside_and_the_others_are_sent(shop):
    shop.tell("UserCreated", **ADA)
    for partition in range(topics.notifications_outbox.partitions):
        shop.throw(topics.notifications_outbox, b'{"event_type":"SendSms","data":{}}', partition=partition)
    ship(shop)
    letters = [headers for headers, _ in shop.driver.dead_letters()]
    assert [headers["service"] for headers in letters] == ["notifications"] * topics.notifications_outbox.partitions
    assert shop.counted(topics.notifications) == {"SmsSent": 1}
    assert len(shop.gateway.posted) == 1


def test_a_message_that_is_asked_for_twice_in_a_chunk_is_posted_once_and_one_without_a_record_is_not_answered(shop):
    command = {"message_id": "m", "order_id": "9", "customer_id": "Ada", "phone": "+49309", "text": "Hi"}
    for _ in range(2):
        shop.tell("SendSms", **command)
    shop.run()
    assert len(shop.gateway.posted) == 1
    assert shop.counted(topics.notifications) == {}
