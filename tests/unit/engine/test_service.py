"""A service's edges: what fits together, and what is said when it does not."""

import pytest

from streams.engine import Service, Table
from streams.engine.app import ServiceApp
from streams.engine.errors import EdgeNotDeclaredError, OutsideTransactionError, TopologyError
from streams.engine.topics import check, plan
from tests.support.pipes import Number, Pipe, Shop, Total

NUMBERS, OTHERS = Pipe("numbers", 4, (Number,)), Pipe("others", 4, (Number,))


async def read(_chunks):
    """An agent that is never started."""


def test_a_service_reads_something():
    with pytest.raises(TopologyError, match="counting reads nothing"):
        Service("counting", reads=[])


def test_sources_have_the_same_partitions():
    with pytest.raises(TopologyError, match=r"different partition counts: {'numbers': 4, 'few': 2}"):
        Service("counting", reads=[NUMBERS, Pipe("few", 2)])


def test_a_table_name_is_declared_once():
    with pytest.raises(TopologyError, match="a table name twice"):
        Service("counting", [NUMBERS], remembers=[Table("t", int), Table("t", str)])


@pytest.mark.parametrize("name", ["", "a/b", "a\0b"])
def test_a_table_name_can_be_part_of_a_key(name):
    with pytest.raises(TopologyError, match="table's name"):
        Table(name, int)


def test_sources_and_targets_are_found_by_name_and_by_type():
    shop = Shop()
    assert shop.service.source("numbers") is shop.source
    assert shop.service.target("Total") is shop.target
    with pytest.raises(EdgeNotDeclaredError, match="does not read 'sums'"):
        shop.service.source("sums")
    with pytest.raises(EdgeNotDeclaredError, match="emits no topic that carries Number"):
        shop.service.target("Number")


def test_a_table_itself_is_neither_written_nor_read():
    table = Table("totals", int)
    with pytest.raises(OutsideTransactionError, match=r"write tx\[totals\]\['a'\]"):
        table["a"] = 1
    with pytest.raises(OutsideTransactionError, match=r"read tx\[totals\]\['a'\]"):
        table["a"]


async def test_a_topic_is_not_sent_to():
    topic = Shop().app().topic("numbers")
    with pytest.raises(OutsideTransactionError, match=r"tx\.emit"):
        await topic.send(value=b"1")
    with pytest.raises(OutsideTransactionError, match=r"tx\.emit"):
        topic.send_soon(value=b"1")


@pytest.mark.parametrize("make", ["Table", "GlobalTable", "SetTable", "SetGlobalTable"])
def test_fausts_tables_are_refused(make):
    with pytest.raises(OutsideTransactionError, match="declare the table in the Service"):
        getattr(Shop().app(), make)("totals")


def test_an_agent_reads_what_the_service_declares():
    app = ServiceApp(Service("counting", [NUMBERS]))
    with pytest.raises(EdgeNotDeclaredError, match="does not read 'others'"):
        app.agent(OTHERS, name="a")
    with pytest.raises(EdgeNotDeclaredError, match="reads another topic named 'numbers'"):
        app.agent(Pipe("numbers", 4, (Number,)), name="a")


def test_a_topic_has_one_agent():
    app = ServiceApp(Service("counting", [NUMBERS, OTHERS]))
    app.agent(NUMBERS, name="first")(read)
    with pytest.raises(TopologyError, match="numbers already has the agent"):
        app.agent(OTHERS, NUMBERS, name="second")


def test_timers_need_a_time():
    with pytest.raises(TopologyError, match="declares no event time"):
        ServiceApp(Service("counting", [NUMBERS])).agent(NUMBERS, name="a", ticks=True)


async def test_a_source_without_an_agent_is_found_at_the_start():
    app = ServiceApp(Service("counting", [NUMBERS, OTHERS]))
    app.agent(NUMBERS, name="a")(read)
    with pytest.raises(TopologyError, match=r"reads \['others'\], but no agent does"):
        await app.on_start()


def test_topics_are_planned_from_the_edges():
    shop = Shop(partitions=3)
    plans = {topic.name: topic for topic in plan(shop.service)}
    assert {name: topic.partitions for name, topic in plans.items()} == {
        "numbers": 3, "sums": 3, "counting-changelog": 3, "dead-letters": 3,
    }  # fmt: skip
    assert plans["counting-changelog"].config["cleanup.policy"] == "compact"


def test_a_service_may_bring_its_own_dead_letter_topic():
    own = Pipe("dead-letters", 7, (Total,), {"retention.ms": "1"})
    (found,) = [topic for topic in plan(Service("s", [NUMBERS], emits=[own])) if topic.name == "dead-letters"]
    assert (found.partitions, found.config) == (7, {"retention.ms": "1"})


@pytest.mark.parametrize("name", ["numbers", "counting-changelog"])
def test_partitions_in_the_cluster_are_those_that_are_declared(name):
    shop, counts = Shop(partitions=3), {"numbers": 3, "counting-changelog": 3}
    check(shop.service, counts)
    with pytest.raises(TopologyError, match=f"topic {name} has 4 partitions, counting declares 3"):
        check(shop.service, {**counts, name: 4})
