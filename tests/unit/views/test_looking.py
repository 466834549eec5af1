import asyncio

import pytest

from streams.engine.partitioner import Partitioner
from streams.engine.queries import standing
from streams.rules.customers.rows import Customer
from streams.rules.fraud.rows import Card
from streams.rules.inventory.rows import Stock
from streams.rules.orders.rows import Line, Order
from streams.rules.shipping.rows import Shipment
from tables.customers import customers
from tables.fraud import cards
from tables.inventory import stock
from tables.orders import orders
from tables.shipping import shipments

STOCK = Stock(on_hand=75, reserved=3, version=2)


def partition_of(key):
    return Partitioner(lambda _topic: 4).partition("", key.encode(), 0)


A, B = "A101", "B202"
HOME, AWAY = partition_of(A), [partition for partition in range(4) if partition != partition_of(A)]


async def test_a_product_shows_its_committed_counts(worker):
    inventory = worker("inventory")
    inventory.app.write(stock, HOME, {A: STOCK})
    answer = await inventory.client.get(f"/stock/{A}")
    assert answer.json() == {"product_id": A, "on_hand": 75, "reserved": 3, "available": 72, "version": 2}


async def test_an_order_shows_which_lines_hold_stock(worker):
    service = worker("orders")
    row = Order(customer_id="c", lines=(Line(0, A, 2), Line(1, B, 1), Line(2, B, 1)), reserved=(0,), lost=(1,), at=1500)
    service.app.write(orders, partition_of("o1"), {"o1": row})
    answer = (await service.client.get("/orders/o1")).json()
    assert [line["reserved"] for line in answer["lines"]] == [True, False, None]
    assert (answer["status"], answer["changed_at"]) == ("waiting", "1970-01-01T00:00:01.500000Z")


async def test_an_order_that_only_others_have_spoken_of_has_no_lines(worker):
    service = worker("orders")
    service.app.write(orders, partition_of("o1"), {"o1": Order()})
    answer = (await service.client.get("/orders/o1")).json()
    assert (answer["lines"], answer["changed_at"]) == (None, None)


async def test_a_shipment_shows_its_tracking_number(worker):
    service = worker("shipping")
    service.app.write(shipments, partition_of("o1"), {"o1": Shipment("s1", "shipped", 1000, "c", "T1")})
    assert (await service.client.get("/shipments/o1")).json()["tracking_number"] == "T1"


async def test_a_customer_shows_the_latest_word(worker):
    service = worker("customers")
    service.app.write(customers, partition_of("c"), {"c": Customer("Ada", "+49", "de", 1000)})
    assert (await service.client.get("/customers/c")).json()["name"] == "Ada"


async def test_a_card_shows_amounts_in_units(worker):
    service = worker("fraud")
    service.app.write(cards, partition_of("k"), {"k": Card(seen=9, ordinary=8, mean=1234.4, last=1000)})
    answer = (await service.client.get("/cards/k")).json()
    assert (answer["attempts"], answer["mean_amount"], answer["last_fraud_at"]) == (9, 12.34, None)


@pytest.mark.parametrize("key", ["a/b", "ä ö?&%#", "x" * 300])
async def test_any_text_can_be_a_key(worker, key):
    inventory = worker("inventory")
    inventory.app.write(stock, partition_of(key), {key: STOCK})
    answer = await inventory.client.get("/stock/" + "".join(f"%{byte:02X}" for byte in key.encode()))
    assert (answer.status_code, answer.json()["product_id"]) == (200, key)


async def test_an_unknown_key_is_a_404_that_still_says_how_far_behind_it_is(worker):
    inventory = worker("inventory")
    for topic in inventory.app.service.reads:
        inventory.app.committed(topic.name, HOME, 7, end=9)
    answer = await inventory.client.get(f"/stock/{A}")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {"title": "Not Found", "status": 404, "detail": f"stock has no '{A}'"}
    assert answer.headers["x-millrace-lag"] == str(2 * len(inventory.app.service.reads))


async def test_what_is_not_committed_is_not_shown(worker):
    inventory = worker("inventory")
    task = inventory.app.tasks[HOME]
    task.pending.append({stock: {A: STOCK}})
    task.caches[stock][A] = STOCK
    assert (await inventory.client.get(f"/stock/{A}")).status_code == 404


async def test_a_reply_says_where_it_stands(worker):
    inventory = worker("inventory")
    inventory.app.write(stock, HOME, {A: STOCK})
    for number, topic in enumerate(inventory.app.service.reads):
        inventory.app.committed(topic.name, HOME, 10, end=10 + number)
    headers = (await inventory.client.get(f"/stock/{A}")).headers
    assert headers["x-millrace-partition"] == str(HOME)
    assert f"stock-commands:{HOME}:10" in headers["x-millrace-position"].split(", ")
    assert headers["x-millrace-lag"] == str(sum(range(len(inventory.app.service.reads))))


async def test_a_lag_is_not_guessed(worker):
    inventory = worker("inventory")
    inventory.app.write(stock, HOME, {A: STOCK})
    inventory.app.committed("orders", HOME, 3)
    assert (await inventory.client.get(f"/stock/{A}")).headers["x-millrace-lag"] == "unknown"


async def test_a_key_of_another_worker_is_answered_there(workers):
    here, there = workers("inventory", AWAY, [HOME])
    there.app.write(stock, HOME, {A: STOCK})
    answer = await here.client.get(f"/stock/{A}")
    assert (answer.status_code, answer.json()["on_hand"]) == (200, 75)
    assert answer.headers["x-millrace-worker"] == there.app.config.url


async def test_the_owners_refusal_is_passed_back(workers):
    here, there = workers("inventory", AWAY, [HOME])
    answer = await here.client.get(f"/stock/{A}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.headers["x-millrace-worker"] == there.app.config.url


async def test_the_query_goes_along(workers, network):
    here, there = workers("inventory", AWAY, [HOME])
    there.app.committed("orders", HOME, 1)
    await here.client.get(f"/stock/{A}?wait_for=orders:{HOME}:0&x=%C3%A4")
    assert network.requests[-1].url.raw_path == f"/stock/{A}?wait_for=orders:{HOME}:0&x=%C3%A4".encode()


async def test_an_owner_that_does_not_answer_is_a_503_that_names_it(workers, network):
    here, there = workers("inventory", AWAY, [HOME])
    del network.sites[there.app.config.url]
    answer = await here.client.get(f"/stock/{A}")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert there.app.config.url in answer.json()["detail"]


async def test_a_partition_that_nobody_has_is_a_503(workers):
    (here,) = workers("inventory", AWAY)
    answer = await here.client.get(f"/stock/{A}")
    assert (answer.status_code, answer.json()["status"]) == (503, 503)


async def test_workers_that_disagree_do_not_pass_a_request_in_circles(workers, network):
    here, there = workers("inventory", AWAY, [HOME])
    there.app.tasks.pop(HOME)
    there.app.assignor.external_topic_distribution = {here.app.config.url: {"orders": [0, 1, 2, 3]}}
    answer = await here.client.get(f"/stock/{A}")
    assert answer.status_code == 503
    assert len(network.requests) == 2


@pytest.mark.parametrize(("hops", "status"), [(b"1", 200), (b"2", 503), (b"x", 200), (b"\xb2", 200), (b"-1", 200)])
async def test_a_request_goes_no_further_than_it_may(workers, hops, status):
    here, there = workers("inventory", AWAY, [HOME])
    there.app.write(stock, HOME, {A: STOCK})
    answer = await here.client.get(f"/stock/{A}", headers={b"x-millrace-hops": hops})
    assert answer.status_code == status


@pytest.mark.parametrize(("change", "words"), [
    (lambda app: setattr(app.committer, "session", -1), "recovers"),
    (lambda app: delattr(app, "committer"), "starting"),
    (lambda app: setattr(app, "failure", RuntimeError("disk full")), "disk full"),
])  # fmt: skip
@pytest.mark.parametrize("path", [f"/stock/{A}", "/tables/stock", "/tables/stock/x"])
async def test_no_rows_are_shown_by_a_worker_that_does_not_serve(worker, change, words, path):
    inventory = worker("inventory")
    change(inventory.app)
    answer = await inventory.client.get(path)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert words in answer.json()["detail"]


async def test_one_can_wait_for_ones_own_write(worker):
    inventory = worker("inventory")
    inventory.app.committed("stock-receipts", HOME, 5)
    asked = asyncio.create_task(inventory.client.get(f"/stock/{A}?wait_for=stock-receipts:{HOME}:5"))
    await asyncio.sleep(0.05)
    assert not asked.done()
    inventory.app.write(stock, HOME, {A: STOCK})
    inventory.app.committed("stock-receipts", HOME, 6)
    assert (await asked).status_code == 200


async def test_waiting_has_an_end(worker, monkeypatch):
    monkeypatch.setattr(standing, "WAIT_SECONDS", 0.02)
    inventory = worker("inventory")
    answer = await inventory.client.get(f"/stock/{A}?wait_for=orders:{HOME}:5")
    assert (answer.status_code, "not reached within" in answer.json()["detail"]) == (504, True)


async def test_waiting_ends_when_the_partition_goes(worker):
    inventory = worker("inventory")
    asked = asyncio.create_task(inventory.client.get(f"/stock/{A}?wait_for=orders:{HOME}:5"))
    await asyncio.sleep(0.03)
    inventory.app.committer.session = -1
    assert (await asked).status_code == 503


@pytest.mark.parametrize("position", ["", "orders", "orders:1", f"orders:{HOME}:-1", f"nope:{HOME}:1", "orders:x:1",
                                      f"orders:{AWAY[0]}:1", "orders:99:1", f"orders:{HOME}:²"])  # fmt: skip
async def test_a_position_that_cannot_be_waited_for_is_a_400(worker, position):
    answer = await worker("inventory").client.get(f"/stock/{A}", params={"wait_for": position})
    assert (answer.status_code, answer.json()["title"]) == (400, "Bad Request")


async def test_a_page_that_is_not_there_and_a_method_that_is_not_are_problems_too(worker):
    client = worker("inventory").client
    for answer, status in [(await client.get("/nope"), 404), (await client.delete(f"/stock/{A}"), 405)]:
        assert (answer.status_code, answer.json()["status"]) == (status, status)
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_mistake_of_ours_is_logged_and_not_shown(worker, caplog):
    inventory = worker("inventory")
    inventory.app.tasks[HOME].store = None
    answer = await inventory.client.get(f"/stock/{A}")
    assert (answer.status_code, "NoneType" in answer.text) == (500, False)
    assert "NoneType" in caplog.text
