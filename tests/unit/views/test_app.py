import json
import re

import pytest

from streams.rules.inventory.rows import Stock
from tables.inventory import stock

TOKEN = {"authorization": "Bearer secret"}


@pytest.mark.parametrize(("service", "pages"), [
    ("inventory", {"/stock/{product_id}"}),
    ("orders", {"/orders/{order_id}", "/orders"}),
    ("shipping", {"/shipments/{order_id}"}),
    ("customers", {"/customers/{customer_id}", "/customers"}),
    ("fraud", {"/cards/{card_id}"}),
])  # fmt: skip
async def test_a_service_documents_its_own_pages_and_the_shared_ones(worker, service, pages):
    paths = (await worker(service).client.get("/openapi.json")).json()["paths"]
    shared = {"/tables", "/tables/{name}", "/tables/{name}/{key}", "/healthz", "/readyz", "/metrics"}
    assert set(paths) == pages | shared


async def test_refusals_are_documented_as_they_are(worker):
    schema = (await worker("inventory").client.get("/openapi.json")).json()
    responses = schema["paths"]["/stock/{product_id}"]["get"]["responses"]
    assert responses["404"]["content"] == {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
    }
    assert "422" not in responses


@pytest.mark.parametrize("service", ["inventory", "orders"])
async def test_every_schema_that_is_referred_to_is_there(worker, service):
    document = (await worker(service).client.get("/openapi.json")).text
    schemas = json.loads(document)["components"]["schemas"]
    assert set(re.findall(r"#/components/schemas/(\w+)", document)) <= set(schemas)


async def test_the_documentation_needs_nothing_from_elsewhere(worker):
    client = worker("inventory").client
    page = (await client.get("/docs")).text
    used = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(used) >= 2
    assert not [address for address in used if address.startswith(("http", "//"))]
    for address in used:
        assert (await client.get(address)).status_code == 200


@pytest.mark.parametrize("path", ["/stock/a", "/tables", "/readyz", "/metrics", "/docs", "/openapi.json", "/nope"])
@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}, {"authorization": "secret"}])
async def test_with_a_token_in_the_settings_nothing_is_said_without_it(worker, path, headers):
    answer = await worker("inventory", token="secret").client.get(path, headers=headers)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json()["status"] == 401


async def test_health_needs_no_token(worker):
    assert (await worker("inventory", token="secret").client.get("/healthz")).status_code == 200


async def test_who_brings_the_token_is_answered(worker):
    answer = await worker("inventory", token="secret").client.get("/tables", headers=TOKEN)
    assert answer.status_code == 200


async def test_workers_let_each_other_in(workers):
    here, there = workers("inventory", [0, 1], [2, 3], token="secret")
    there.app.write(stock, 2, {"a": Stock(on_hand=1)})
    page = await here.client.get("/tables/stock", headers=TOKEN)
    assert [row["key"] for row in page.json()["rows"]] == ["a"]
    answers = [await here.client.get(f"/stock/{key}", headers=TOKEN) for key in "abcdefgh"]
    assert {answer.headers["x-millrace-worker"] for answer in answers} == {here.app.config.url, there.app.config.url}
