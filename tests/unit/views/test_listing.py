import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.engine.queries import Found, merged
from streams.engine.queries.local import SLICE_ROWS
from streams.rules.fraud.rows import Scored, Terminal
from streams.rules.inventory.rows import Stock
from tables.fraud import scored, terminals
from tables.inventory import stock


@pytest.fixture
def pair(workers):
    """Two workers with products p000 to p099 between them."""
    here, there = workers("inventory", [0, 2], [1, 3])
    for partition in range(4):
        app = (here if partition in here.app.tasks else there).app
        app.write(stock, partition, {f"p{n:03}": Stock(on_hand=n) for n in range(partition, 100, 4)})
    return here, there


async def pages_of(client, path, **params):
    """Turn pages until there are none."""
    pages = []
    while True:
        page = (await client.get(path, params=params)).json()
        pages.append([row["key"] for row in page["rows"]])
        if page["next"] is None:
            return pages
        params["after"] = page["next"]


async def test_the_tables_of_a_service_are_listed_with_their_fields(worker):
    tables = (await worker("inventory").client.get("/tables")).json()
    assert {table["name"] for table in tables} == {"stock", "splits", "reservations", "receipts"}
    assert next(table["fields"] for table in tables if table["name"] == "receipts") == ["at"]


async def test_rows_of_all_workers_come_in_key_order(pair):
    answer = await pair[0].client.get("/tables/stock")
    page = answer.json()
    assert [row["key"] for row in page["rows"]] == [f"p{n:03}" for n in range(100)]
    assert page["rows"][7] == {"key": "p007", "partition": 3,
                               "row": {"on_hand": 7, "reserved": 0, "version": 0, "newest": None}}  # fmt: skip
    assert page["next"] is None
    assert answer.headers["x-millrace-partition"] == "0,1,2,3"


@pytest.mark.parametrize("limit", [1, 7, 50, 99, 100, 1000])
async def test_turning_pages_shows_every_key_once(pair, limit):
    pages = await pages_of(pair[0].client, "/tables/stock", limit=limit)
    assert [key for page in pages for key in page] == [f"p{n:03}" for n in range(100)]
    assert [len(page) for page in pages] == [min(limit, 100 - start) for start in range(0, 100, limit)]


async def test_a_range_is_cut_out(pair):
    page = (await pair[1].client.get("/tables/stock?low=p010&high=p013")).json()
    assert [row["key"] for row in page["rows"]] == ["p010", "p011", "p012"]


async def test_a_page_of_a_range_goes_on_within_it(pair):
    page = (await pair[1].client.get("/tables/stock?low=p010&after=p001&high=p013&limit=2")).json()
    assert ([row["key"] for row in page["rows"]], page["next"]) == (["p010", "p011"], "p011")


async def test_rows_that_share_a_key_are_never_parted_by_a_page(workers):
    here, there = workers("fraud", [0, 2], [1, 3])
    for partition in range(4):
        app = (here if partition in here.app.tasks else there).app
        app.write(terminals, partition, {key: Terminal(seen=partition) for key in ("a", "b", "c")})
    assert await pages_of(here.client, "/tables/terminals", limit=2) == [["a"] * 4, ["b"] * 4, ["c"] * 4]


@given(
    rows=st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 3)), unique=True),
    limit=st.integers(1, 10),
)
def test_merging_keeps_order_and_loses_nothing_that_is_not_left_for_the_next_page(rows, limit):
    page, more = merged([Found(key, partition, None) for key, partition in rows], limit)
    assert [(row.key, row.partition) for row in page] == sorted(rows)[: len(page)]
    assert more == (len(page) < len(rows))
    assert len(page) >= min(limit, len(rows))
    assert {row.key for row in page}.isdisjoint(key for key, _ in sorted(rows)[len(page) :])


async def test_the_rows_of_a_key_are_found_wherever_they_are(pair):
    for asked in pair:
        page = (await asked.client.get("/tables/stock/p006")).json()
        assert [(row["key"], row["partition"]) for row in page["rows"]] == [("p006", 2)]


async def test_a_key_that_no_worker_has_is_a_404(pair):
    answer = await pair[0].client.get("/tables/stock/nope")
    assert (answer.status_code, answer.json()["detail"]) == (404, "stock has no 'nope'")


async def test_a_row_is_shown_with_the_names_of_its_fields_and_bytes_in_base64(worker):
    fraud = worker("fraud")
    fraud.app.write(scored, 0, {"t": Scored(b"\x00\xff", 0.5)})
    row = (await fraud.client.get("/tables/scored/t")).json()["rows"][0]["row"]
    assert row == {"codes": "AP8=", "score": 0.5, "detection": "", "order_id": "", "matched": []}


async def test_one_table_never_shows_rows_of_another(worker):
    fraud = worker("fraud")
    for name in ("scored-other", "scored", "scored0"):
        store = fraud.app.tasks[0].store
        store.write([(f"{name}/x".encode(), b'["", 0.5]')], offset=1)
    assert len((await fraud.client.get("/tables/scored")).json()["rows"]) == 1


async def test_an_unknown_table_is_a_404_that_names_those_there_are(worker):
    answer = await worker("orders").client.get("/tables/nope")
    assert (answer.status_code, answer.json()["detail"]) == (404, "orders has no table 'nope'; it has orders")


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x"])
async def test_a_limit_that_cannot_be_is_a_400_that_names_it(worker, query):
    answer = await worker("orders").client.get(f"/tables/orders?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "limit")


async def test_a_table_with_a_partition_missing_is_not_shown_as_if_it_were_whole(pair):
    pair[1].app.tasks.pop(3)
    for path in ("/tables/stock", "/tables/stock/nope"):
        assert (await pair[0].client.get(path)).status_code == 503


async def test_a_partition_that_two_workers_claim_is_not_shown_twice(pair):
    pair[1].app.tasks[2] = pair[0].app.tasks[2]
    assert (await pair[0].client.get("/tables/stock")).status_code == 503


async def test_a_worker_that_does_not_serve_makes_the_whole_a_503(pair):
    pair[1].app.committer.session = -1
    answer = await pair[0].client.get("/tables/stock")
    assert (answer.status_code, "recovers" in answer.json()["detail"]) == (503, True)


async def test_the_lag_of_a_gathered_answer_is_that_of_all_workers(pair):
    for worker in pair:
        for topic in worker.app.service.reads:
            for partition in worker.app.tasks:
                worker.app.committed(topic.name, partition, 1, end=3)
    sources = len(pair[0].app.service.reads)
    assert (await pair[0].client.get("/tables/stock")).headers["x-millrace-lag"] == str(2 * sources * 4)


async def test_waiting_for_a_position_is_left_to_the_worker_that_has_it(pair):
    here, there = pair
    asked = asyncio.create_task(here.client.get("/tables/stock/new?wait_for=stock-receipts:1:0"))
    await asyncio.sleep(0.05)
    assert not asked.done()
    there.app.write(stock, 1, {"new": Stock(on_hand=1)})
    there.app.committed("stock-receipts", 1, 1)
    assert (await asked).json()["rows"][0]["partition"] == 1


async def test_a_long_scan_lets_others_work(worker):
    inventory = worker("inventory")
    inventory.app.write(stock, 0, {f"p{n:05}": Stock() for n in range(1000)})
    local, turns = inventory.api.state.site.local, 0

    async def others():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    working = asyncio.create_task(others())
    rows, more = await local.page(local.table("stock"), "", None, 900)
    working.cancel()
    assert (len(rows), more) == (900, True)
    assert turns >= 900 // SLICE_ROWS


async def test_a_scan_during_which_partitions_move_is_given_up(worker):
    inventory = worker("inventory")
    store = inventory.app.tasks[2].store
    scan = store.scan

    def scan_and_move(low, high):
        inventory.app.committer.session += 1
        return scan(low, high)

    store.scan = scan_and_move
    answer = await inventory.client.get("/tables/stock")
    assert (answer.status_code, "came or went" in answer.json()["detail"]) == (503, True)
