"""Posting messages: each sent once, few at a time, again after a stumble, and never an exception."""

import asyncio

import httpx
import pytest
import stamina

from agents.sms import HttpGateway, Sms
from agents.sms.server import Outbox, gateway
from streams.settings import Sms as SmsSettings

ATTEMPTS = 4
URL = "http://gateway.test/messages"


@pytest.fixture(autouse=True)
def no_pauses():
    with stamina.set_testing(True, attempts=ATTEMPTS, cap=True):
        yield


def settings(**changed):
    return SmsSettings(gateway=URL, attempts=ATTEMPTS, **changed)


def messages(count):
    return [Sms(f"m-{number}", f"+4930{number}", "Your order is on its way.") for number in range(count)]


async def post(transport, count=1, **changed):
    async with HttpGateway(settings(**changed), transport) as sms:
        return await sms.post(messages(count))


def answering(*statuses):
    """A gateway that gives these answers in turn, and the requests it was sent."""
    requests, left = [], [*statuses]

    async def answer(request):
        requests.append(request)
        status = left.pop(0)
        if isinstance(status, Exception):
            raise status
        return httpx.Response(status)

    return httpx.MockTransport(answer), requests


async def test_a_message_travels_with_its_id_as_idempotency_key():
    transport, (requests) = answering(201)
    assert await post(transport) == {}
    assert requests[0].headers["Idempotency-Key"] == "m-0"
    assert b'"to":"+49300"' in requests[0].content


@pytest.mark.parametrize("stumble", [503, 429, httpx.ConnectError("no"), httpx.ReadTimeout("slow")], ids=repr)
async def test_a_gateway_that_stumbles_is_asked_again(stumble):
    transport, requests = answering(stumble, stumble, 201)
    assert await post(transport) == {}
    assert len(requests) == 3


@pytest.mark.parametrize("stumble", [500, httpx.ConnectError("no"), httpx.ReadTimeout("slow")], ids=repr)
async def test_a_gateway_that_stays_down_is_given_up_after_the_attempts_and_a_reason_given(stumble):
    transport, requests = answering(*[stumble] * ATTEMPTS)
    assert await post(transport) == {"m-0": "gateway_error"}
    assert len(requests) == ATTEMPTS


async def test_a_message_that_is_refused_for_good_is_posted_once():
    transport, requests = answering(422)
    assert await post(transport) == {"m-0": "rejected"}
    assert len(requests) == 1


async def test_one_message_that_fails_does_not_hold_back_the_others():
    async def answer(request):
        return httpx.Response(422 if request.headers["Idempotency-Key"] == "m-1" else 201)

    assert await post(httpx.MockTransport(answer), count=3) == {"m-1": "rejected"}


async def test_no_more_messages_are_on_their_way_than_the_settings_allow():
    on_their_way, most = 0, 0

    async def answer(_request):
        nonlocal on_their_way, most
        on_their_way += 1
        most = max(most, on_their_way)
        await asyncio.sleep(0)
        on_their_way -= 1
        return httpx.Response(201)

    assert await post(httpx.MockTransport(answer), count=20, concurrency=3) == {}
    assert most == 3


def asked(outbox):
    return httpx.AsyncClient(transport=httpx.ASGITransport(gateway(outbox)), base_url="http://gateway.test")


async def test_the_demo_gateway_takes_a_message_once_however_often_it_is_posted():
    outbox = Outbox()
    for _ in range(3):
        assert await post(httpx.ASGITransport(gateway(outbox)), count=2) == {}
    async with asked(outbox) as client:
        taken = (await client.get("/messages")).json()
    assert [(message["message_id"], message["posts"]) for message in taken] == [("m-1", 3), ("m-0", 3)]


async def test_the_demo_gateway_refuses_the_same_messages_whenever_asked():
    outbox = Outbox(refused=0.2)
    first = await post(httpx.ASGITransport(gateway(outbox)), count=200)
    assert 10 < len(first) < 80
    assert set(first.values()) == {"rejected"}
    assert await post(httpx.ASGITransport(gateway(outbox)), count=200) == first


async def test_every_message_gets_through_a_gateway_that_stumbles_now_and_then():
    outbox = Outbox(stumbles=0.2, seed=7)
    assert await post(httpx.ASGITransport(gateway(outbox)), count=50) == {}
    assert len(outbox.taken) == 50


async def test_the_demo_gateway_wants_a_key_and_a_whole_message():
    async with asked(Outbox()) as client:
        keyless = await client.post("/messages", json={"to": "1", "text": "x"})
        empty = await client.post("/messages", json={}, headers={"Idempotency-Key": "1"})
    assert (keyless.status_code, empty.status_code) == (422, 422)
