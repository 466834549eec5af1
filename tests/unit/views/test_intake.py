import asyncio
import json

import pytest

from streams import topics
from streams.engine.queries import Position
from tables.views.intake import Intake
from tables.views.limits import MAX_BODY_BYTES
from tables.views.problems import IntakeError

ORDER = {"customer_id": 67890, "items": [{"product_id": "A101", "quantity": 2}], "total_amount": 150.75}
CUSTOMER = {"name": "Ada", "phone": "+49"}


class FakeSender:
    """Keeps what it is sent; fails as often as it is told to."""

    def __init__(self):
        self.sent, self.failures = [], 0

    async def send(self, topic, key, value):
        await asyncio.sleep(0)
        if self.failures:
            self.failures -= 1
            raise IntakeError("Kafka did not answer")
        self.sent.append((topic, key, json.loads(value)))
        return Position(topic, 2, len(self.sent) - 1)


@pytest.fixture
def taking(worker):
    """`taking("orders")`: a client of a service's intake, and what it sends."""

    def start(service):
        started, sender = worker(service), FakeSender()
        started.api.state.intake = Intake(sender)
        return started.client, sender

    return start


async def test_an_order_becomes_an_event_that_the_topic_can_read(taking):
    client, sender = taking("orders")
    answer = await client.post("/orders", json={**ORDER, "order_id": 12345})
    assert (answer.status_code, answer.json()["order_id"], answer.json()["position"]) == (202, "12345", "orders:2:0")
    ((topic, key, event),) = sender.sent
    assert (topic, key, event["event_id"]) == ("orders", b"12345", answer.json()["event_id"])
    assert event["data"] == {"order_id": "12345", "customer_id": "67890", "total_amount": 150.75,
                             "items": [{"product_id": "A101", "quantity": 2}]}  # fmt: skip

    class Sent:
        offset, timestamp, headers = 0, 0, ()
        value = json.dumps(event).encode()

    (read,) = topics.orders.read(0, [Sent])
    assert (read.event_type, read.data.total_amount) == ("OrderPlaced", 15075)


async def test_the_answer_says_where_to_look_for_what_became_of_it(taking):
    client, _ = taking("orders")
    answer = await client.post("/orders", json={**ORDER, "order_id": "a/b ö"})
    assert answer.headers["location"] == "/orders/a/b%20%C3%B6?wait_for=orders:2:0"


async def test_a_customer_becomes_an_event(taking):
    client, sender = taking("customers")
    answer = await client.post("/customers", json=CUSTOMER)
    ((topic, key, event),) = sender.sent
    assert (topic, key.decode(), event["event_type"]) == ("customers", answer.json()["customer_id"], "UserCreated")


async def test_without_an_idempotency_key_every_request_is_another_order(taking):
    client, sender = taking("orders")
    ids = {(await client.post("/orders", json=ORDER)).json()["order_id"] for _ in range(3)}
    assert (len(ids), len(sender.sent)) == (3, 3)


async def test_a_request_that_comes_again_gets_the_same_answer_and_is_sent_once(taking):
    client, sender = taking("orders")
    headers = {"idempotency-key": "k"}
    answers = await asyncio.gather(*(client.post("/orders", json=ORDER, headers=headers) for _ in range(3)))
    assert len({answer.text for answer in answers}) == 1
    assert len(sender.sent) == 1


async def test_a_worker_that_remembers_nothing_makes_the_same_event_of_the_same_key(taking):
    answers = []
    for _ in range(2):
        client, _sender = taking("orders")
        answers.append((await client.post("/orders", json=ORDER, headers={"idempotency-key": "k"})).json())
    assert answers[0] == answers[1]


async def test_the_same_key_for_an_order_and_a_customer_means_two_things(taking):
    headers = {"idempotency-key": "k"}
    order = await taking("orders")[0].post("/orders", json=ORDER, headers=headers)
    customer = await taking("customers")[0].post("/customers", json=CUSTOMER, headers=headers)
    assert order.json()["event_id"] != customer.json()["event_id"]


async def test_a_key_that_comes_with_another_body_is_refused(taking):
    client, sender = taking("orders")
    headers = {"idempotency-key": "k"}
    await client.post("/orders", json=ORDER, headers=headers)
    answer = await client.post("/orders", json={**ORDER, "total_amount": 1}, headers=headers)
    assert (answer.status_code, "Idempotency-Key" in answer.json()["detail"], len(sender.sent)) == (422, True, 1)


async def test_a_failure_is_not_remembered(taking):
    client, sender = taking("orders")
    sender.failures = 1
    headers = {"idempotency-key": "k"}
    answers = [await client.post("/orders", json=ORDER, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [503, 202]
    assert answers[0].headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(("change", "fields"), [
    ({"items": []}, ["items"]),
    ({"items": [{"product_id": "A", "quantity": 1}, {"product_id": "", "quantity": "2"}]},
     ["items.1.product_id", "items.1.quantity"]),
    ({"total_amount": -1}, ["total_amount"]),
    ({"customer_id": None}, ["customer_id"]),
    ({"currency": "EURO", "card_id": True}, ["currency", "card_id"]),
])  # fmt: skip
async def test_each_wrong_field_of_a_body_is_named(taking, change, fields):
    client, sender = taking("orders")
    answer = await client.post("/orders", json={**ORDER, **change})
    assert (answer.status_code, sender.sent) == (422, [])
    assert [wrong["field"] for wrong in answer.json()["errors"]] == fields
    assert all(field in answer.json()["detail"] for field in fields)


async def test_a_body_that_is_not_json_is_refused_with_the_place(taking):
    client, _ = taking("orders")
    answer = await client.post("/orders", content=b'{"a": ', headers={"content-type": "application/json"})
    assert (answer.status_code, "at character 6" in answer.json()["detail"]) == (422, True)


async def test_a_body_that_does_not_say_it_is_json_is_told_how(taking):
    client, _ = taking("orders")
    answer = await client.post("/orders", content=json.dumps(ORDER))
    assert (answer.status_code, "Content-Type: application/json" in answer.json()["detail"]) == (422, True)


@pytest.mark.parametrize("key", ["", "k" * 256])
async def test_an_idempotency_key_that_cannot_be_is_a_400(taking, key):
    client, _ = taking("orders")
    answer = await client.post("/orders", json=ORDER, headers={"idempotency-key": key})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "Idempotency-Key")


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_body_that_kafka_would_not_take_is_not_read_to_its_end(taking, streamed):
    client, _ = taking("orders")
    pieces = 0

    async def endless():
        nonlocal pieces
        while True:
            pieces += 1
            yield b" " * 100_000

    body = endless() if streamed else b" " * (MAX_BODY_BYTES + 1)
    answer = await client.post("/orders", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["status"]) == (413, 413)
    assert pieces <= 11


async def test_a_large_body_within_the_limit_is_read_whole(taking):
    client, sender = taking("orders")
    items = [{"product_id": f"p{n}", "quantity": 1} for n in range(20_000)]
    assert (await client.post("/orders", json={**ORDER, "items": items})).status_code == 202
    assert len(sender.sent[0][2]["data"]["items"]) == 20_000
