"""The drawing follows from the edges that services declare."""

import re

from agents.graph import graph
from agents.services import ALL, SERVICES, readers
from streams.engine import Service, Table
from streams.settings import Settings
from streams.topics import Topic

A, B = Topic("a.raw"), Topic("b")
COPY = Service("copy", reads=[A], remembers=[Table("seen", int)], emits=[B])


def test_a_service_stands_between_what_it_reads_and_what_it_emits():
    assert graph([COPY]).splitlines() == [
        "flowchart LR",
        '    topic_a_raw(["a.raw"])',
        '    topic_b(["b"])',
        '    service_copy["<b>copy</b><br/>seen"]',
        "    topic_a_raw --> service_copy",
        "    service_copy --> topic_b",
    ]


def test_services_are_joined_by_the_topic_they_share_and_it_is_drawn_once():
    drawn = graph([COPY, Service("audit", reads=[B])])
    assert drawn.count('topic_b(["b"])') == 1
    assert "service_copy --> topic_b" in drawn
    assert "topic_b --> service_audit" in drawn


def test_a_service_and_a_topic_of_the_same_name_stay_two():
    drawn = graph([Service("b", reads=[B])])
    assert "topic_b --> service_b" in drawn


def test_the_shop_is_drawn_whole():
    drawn = graph(ALL)
    assert set(re.findall(r"<b>([\w-]+)</b>", drawn)) == set(SERVICES)
    edges = sum(len(service.reads) + len(service.emits) for service in ALL)
    assert drawn.count("-->") == edges


def test_a_service_is_listed_under_its_own_name():
    assert {name: module.service.name for name, module in SERVICES.items()} == {name: name for name in SERVICES}


def test_a_service_is_built_anew_at_every_call_with_an_agent_for_every_topic_it_reads():
    settings = Settings.load()
    for module in SERVICES.values():
        one, other = module.build(settings), module.build(settings)
        assert one is not other
        assert set(one.readers) == {topic.name for topic in module.service.reads}


def test_readers_names_every_service_that_reads_a_topic():
    assert sorted(readers()["orders"]) == ["insights", "inventory", "orders", "shipping"]
    assert set(readers()) == {topic.name for service in ALL for topic in service.reads}
