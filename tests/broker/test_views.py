"""Two workers of the orders service behind their web views, on a broker of their own: topics have fixed names."""

import asyncio
import re
import time
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from agents import orders
from agents.web import web
from streams.broker import EmbeddedKafka
from streams.engine import resumption
from streams.engine.config import EngineConfig
from streams.settings import Settings
from tables.views.sending import SEND_SECONDS

pytestmark = [pytest.mark.broker, pytest.mark.timeout(180)]

ORDER = {"customer_id": "c", "items": [{"product_id": "A", "quantity": 1}], "total_amount": 1}
READY_SECONDS = 60.0
PATIENCE = httpx.Timeout(20.0)


@pytest.fixture(scope="module")
def broker():
    with EmbeddedKafka() as kafka:
        yield kafka


@asynccontextmanager
async def worker(bootstrap, state):
    """A client of the views of a worker of the orders service that starts."""
    settings = Settings.load(bootstrap=bootstrap)
    app = orders.build(settings)
    app.configure(
        EngineConfig(connection=settings.kafka.client_arguments(), state=Path(state), url="http://127.0.0.1:0")
    )
    async with web(settings)(app), httpx.AsyncClient(base_url=app.config.url, timeout=PATIENCE) as client:
        starting = asyncio.create_task(app.start())
        try:
            yield client
        finally:
            await starting
            await app.stop()
            await app.close()


async def until(holds):
    """Ask again and again, for as long as a broken worker may take to recover."""
    deadline = time.monotonic() + READY_SECONDS
    while not await holds():
        assert time.monotonic() < deadline, f"not within {READY_SECONDS} s: {holds.__name__}"
        await asyncio.sleep(0.1)


async def until_ready(*clients):
    """Wait until these workers serve all partitions between them."""

    async def all_are_served():
        answers = [(await client.get("/readyz")).json() for client in clients]
        owned = [partition["partition"] for answer in answers for partition in answer["partitions"]]
        return all(answer["ready"] for answer in answers) and sorted(owned) == list(range(orders.service.partitions))

    await until(all_are_served)


@pytest.fixture
async def pair(broker, tmp_path):
    """Two workers that share the partitions."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(worker(broker.bootstrap, tmp_path / "1"))
        second = await stack.enter_async_context(worker(broker.bootstrap, tmp_path / "2"))
        await until_ready(first, second)
        yield first, second


async def place(client, **headers):
    answer = await client.post("/orders", json=ORDER, headers=headers)
    assert answer.status_code == 202
    return answer


async def test_every_worker_answers_for_every_order_and_the_placer_sees_her_own(pair):
    placed = [await place(pair[number % 2]) for number in range(24)]
    owners = set()
    for answer in placed:
        seen = [await client.get(answer.headers["location"]) for client in pair]
        assert [answer.status_code for answer in seen] == [200, 200]
        assert seen[0].json() == seen[1].json()
        assert seen[0].headers["x-millrace-worker"] == seen[1].headers["x-millrace-worker"]
        owners.add(seen[0].headers["x-millrace-worker"])
    assert owners == {str(client.base_url).rstrip("/") for client in pair}
    ids = {answer.json()["order_id"] for answer in placed}
    for client in pair:
        rows = (await client.get("/tables/orders", params={"limit": 1000})).json()["rows"]
        assert ids <= {row["key"] for row in rows}


async def test_a_request_that_comes_again_leaves_one_order_whichever_worker_takes_it(pair):
    answers = [await place(client, **{"idempotency-key": "the same"}) for client in pair]
    assert answers[0].json()["order_id"] == answers[1].json()["order_id"]
    for answer in answers:
        assert (await pair[0].get(answer.headers["location"])).status_code == 200


def lags(text):
    return [float(lag) for lag in re.findall(r"^millrace_lag_offsets\{.*\} (\S+)$", text, re.MULTILINE)]


async def test_once_everything_is_committed_the_lag_is_nothing(pair):
    for answer in [await place(pair[0]) for _ in range(8)]:
        await pair[0].get(answer.headers["location"])

    async def told_lags_are_nothing():
        told = lags((await pair[0].get("/metrics")).text)
        return told and not any(told)

    await until(told_lags_are_nothing)


async def test_while_partitions_are_recovered_nothing_is_shown_and_afterwards_everything(broker, tmp_path, monkeypatch):
    held, released, recover = asyncio.Event(), asyncio.Event(), resumption.recover

    async def recover_when_told(app, tasks):
        held.set()
        await released.wait()
        await recover(app, tasks)

    async with worker(broker.bootstrap, tmp_path / "1") as client:
        await until_ready(client)
        placed = await place(client)
        assert (await client.get(placed.headers["location"])).status_code == 200
    monkeypatch.setattr(resumption, "recover", recover_when_told)
    async with worker(broker.bootstrap, tmp_path / "2") as client:
        async with asyncio.timeout(READY_SECONDS):
            await held.wait()
        path = f"/orders/{placed.json()['order_id']}"
        for page in (path, "/tables/orders", "/readyz"):
            answer = await client.get(page)
            assert (answer.status_code, "recovers" in answer.text) == (503, True)
        assert (await client.get("/healthz")).status_code == 200
        released.set()
        await until_ready(client)
        assert (await client.get(path)).status_code == 200


async def test_when_a_worker_leaves_the_other_answers_for_all(broker, tmp_path):
    async with worker(broker.bootstrap, tmp_path / "1") as stays:
        async with worker(broker.bootstrap, tmp_path / "2") as leaves:
            await until_ready(stays, leaves)
            placed = [await place(leaves) for _ in range(12)]
            for answer in placed:
                assert (await leaves.get(answer.headers["location"])).status_code == 200
        await until_ready(stays)
        for answer in placed:
            assert (await stays.get(f"/orders/{answer.json()['order_id']}")).status_code == 200


async def test_when_kafka_is_silent_the_placer_is_told_so_in_time_and_may_try_again(broker, tmp_path):
    headers = {"idempotency-key": "in the silence"}
    async with worker(broker.bootstrap, tmp_path / "1") as client:
        await until_ready(client)
        await place(client)
        await asyncio.to_thread(broker.node(1).pause)
        try:
            asked = time.monotonic()
            answer = await client.post("/orders", json=ORDER, headers=headers)
            assert (answer.status_code, "Idempotency-Key" in answer.json()["detail"]) == (503, True)
            assert time.monotonic() - asked < SEND_SECONDS + 2
        finally:
            broker.node(1).resume()
        placed = await place(client, **headers)

        async def is_seen():
            return (await client.get(placed.headers["location"])).status_code == 200

        await until(is_seen)
