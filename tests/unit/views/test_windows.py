"""What the insights service shows: windows, closed and open, and stock as it was."""

import pytest

from streams.engine.partitioner import Partitioner
from streams.rules.insights import measures
from streams.rules.insights.desk import LEVELS
from streams.rules.insights.rows import Levels
from streams.windows import MemoryRows
from tables.insights import windows as tables

MINUTE = 60_000
SALE = {"orders": 1, "units": 2, "revenue": 1_050}
TEN = 1_700_000_040_000  # 2023-11-14T22:14:00Z


def partition_of(key):
    return Partitioner(lambda _topic: 4).partition("", key.encode(), 0)


@pytest.fixture
def insights(worker):
    """A worker that has one closed and one open minute of product A, and two versions of its stock."""
    started, rows = worker("insights"), MemoryRows()
    windowed = measures.sales_minute.windowed
    windowed.process(TEN, "A", SALE, rows, TEN)
    windowed.advance(TEN + 2 * MINUTE, rows)
    windowed.process(TEN + 2 * MINUTE, "A", SALE, rows, TEN + 2 * MINUTE)
    started.app.write(tables["sales-1m"], partition_of("A"), rows)
    levels = MemoryRows()
    for version, (at, on_hand) in enumerate([(TEN, 75), (TEN + MINUTE, 70)], 1):
        measures.stock_levels.put("A", at, Levels(on_hand, 5, version), levels, TEN)
    started.app.write(tables[LEVELS], partition_of("A"), levels)
    return started.client


async def test_closed_and_open_windows_are_shown_by_their_end(insights):
    answer = (await insights.get("/windows/sales-1m", params={"key": "A"})).json()
    assert [(one["start"], one["final"]) for one in answer["windows"]] == [
        ("2023-11-14T22:14:00Z", True),
        ("2023-11-14T22:16:00Z", False),
    ]
    assert answer["windows"][0]["values"] == {"orders": 1, "units": 2, "revenue": 10.5}


async def test_windows_are_chosen_by_their_start(insights):
    for stretch, starts in [
        ({"from": "2023-11-14T22:15:00Z"}, ["2023-11-14T22:16:00Z"]),
        ({"to": "2023-11-14T22:16:00Z"}, ["2023-11-14T22:14:00Z"]),
        ({"from": "2023-11-14T23:14:00+01:00", "to": "2023-11-14T22:14:00.001Z"}, ["2023-11-14T22:14:00Z"]),
        ({"from": "2024-01-01T00:00:00Z", "to": "2024-01-02T00:00:00Z"}, []),
    ]:
        answer = (await insights.get("/windows/sales-1m", params={"key": "A", **stretch})).json()
        assert [one["start"] for one in answer["windows"]] == starts


async def test_a_key_that_was_never_counted_has_no_windows(insights):
    assert (await insights.get("/windows/sessions", params={"key": "nobody"})).json()["windows"] == []


async def test_an_unknown_window_is_answered_with_the_names_of_those_there_are(insights):
    answer = await insights.get("/windows/sales-2m", params={"key": "A"})
    assert (answer.status_code, "sales-1m" in answer.json()["detail"]) == (404, True)
    assert "sales-1m" in (await insights.get("/windows")).json()


async def test_a_key_or_an_instant_that_makes_no_sense_is_the_askers_mistake(insights):
    for params in {}, {"key": "A", "from": "yesterday"}, {"key": "A", "from": "2023-11-14T22:14:00"}:
        assert (await insights.get("/windows/sales-1m", params=params)).status_code == 400


async def test_stock_is_shown_as_it_was(insights):
    for as_of, on_hand in ("2023-11-14T22:14:59.999Z", 75), ("2023-11-14T22:15:00Z", 70):
        assert (await insights.get("/stock/A", params={"as_of": as_of})).json()["on_hand"] == on_hand
    newest = {"product_id": "A", "on_hand": 70, "reserved": 5, "available": 65, "version": 2}
    assert (await insights.get("/stock/A")).json() == newest


async def test_before_the_first_version_nothing_is_known(insights):
    answer = await insights.get("/stock/A", params={"as_of": "2023-11-14T22:13:59Z"})
    assert (answer.status_code, "at that time" in answer.json()["detail"]) == (404, True)
