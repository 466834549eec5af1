import re

import pytest

from streams.rules.inventory.rows import Stock
from tables.inventory import stock


async def test_a_worker_that_serves_is_ready(worker):
    inventory = worker("inventory")
    inventory.app.write(stock, 1, {"a": Stock(), "b": Stock()})
    answer = await inventory.client.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (200, True)
    assert answer.json()["partitions"][1] == {
        "partition": 1, "state": "serving", "behind": None, "changelog_offset": 2,
    }  # fmt: skip


async def test_a_worker_that_recovers_is_not_ready_and_says_how_far_each_partition_is(worker):
    inventory = worker("inventory")
    inventory.app.committer.session = -1
    answer = await inventory.client.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    assert {partition["state"] for partition in answer.json()["partitions"]} == {"waiting"}
    assert "recovers" in answer.json()["reason"]


async def test_a_worker_that_failed_is_not_ready_and_says_why(worker):
    inventory = worker("inventory")
    inventory.app.failure = RuntimeError("disk full")
    answer = await inventory.client.get("/readyz")
    assert (answer.status_code, "disk full" in answer.json()["reason"]) == (503, True)


async def test_a_worker_without_partitions_is_ready_and_can_be_asked_for_everything(workers):
    owner, spare = workers("inventory", [0, 1, 2, 3], [])
    owner.app.write(stock, 0, {"a": Stock(on_hand=1)})
    assert (await spare.client.get("/readyz")).json()["ready"]
    assert [row["key"] for row in (await spare.client.get("/tables/stock")).json()["rows"]] == ["a"]


@pytest.mark.parametrize("broken", ["committer", "consumer", "assignor"])
async def test_a_process_that_answers_is_alive_whatever_else_is_wrong(worker, broken):
    inventory = worker("inventory")
    delattr(inventory.app, broken)
    assert (await inventory.client.get("/healthz")).json() == {"status": "alive"}


async def metrics(client):
    text = (await client.get("/metrics")).text
    return dict(re.findall(r"^(millrace_\S+) (\S+)$", text, re.MULTILINE))


async def test_metrics_are_the_engines_own_counters(worker):
    inventory = worker("inventory")
    counts = inventory.app.committer
    counts.committed_records, counts.transactions, counts.dead_letters, counts.skipped = 6, 5, 4, 3
    counts.commit_seconds, inventory.app.recovered_records = 0.5, 2
    found = await metrics(inventory.client)
    names = ("records", "transactions", "dead_letters", "skipped", "recovered_records", "commit_seconds")
    told = [found[f'millrace_{name}_total{{service="inventory"}}'] for name in names]
    assert told == ["6.0", "5.0", "4.0", "3.0", "2.0", "0.5"]
    assert found['millrace_ready{service="inventory"}'] == "1.0"


async def test_the_lag_is_told_per_source_partition(worker):
    inventory = worker("inventory")
    inventory.app.committed("orders", 2, 10, end=17)
    found = await metrics(inventory.client)
    assert found['millrace_lag_offsets{partition="2",service="inventory",topic="orders"}'] == "7.0"
    assert found['millrace_position_offset{partition="2",service="inventory",topic="orders"}'] == "10.0"


async def test_metrics_are_told_while_a_worker_starts(worker):
    inventory = worker("inventory")
    del inventory.app.committer
    assert (await metrics(inventory.client))['millrace_ready{service="inventory"}'] == "0.0"


async def test_prometheus_may_ask_in_its_newer_language(worker):
    headers = {"accept": "application/openmetrics-text; version=1.0.0"}
    answer = await worker("inventory").client.get("/metrics", headers=headers)
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")
