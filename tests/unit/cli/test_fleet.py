"""Each worker of a fleet has a name, a port and a command of its own."""

import socket
from contextlib import ExitStack

import pytest

from agents.cli import shop
from agents.cli.errors import UserError
from agents.cli.fleet import crew
from agents.cli.ports import first_free
from streams.broker.config import free_port
from streams.settings import Settings


def settings(**overrides):
    return Settings.load(**{"bootstrap": "kafka:1", "data": "tables", **overrides})


def occupy(stack, port):
    listener = stack.enter_context(socket.socket())
    listener.bind(("127.0.0.1", port))
    listener.listen()


def test_ports_that_are_given_are_counted_up():
    first = free_port()
    while not all(port_is_free(first + n) for n in range(4)):
        first = free_port()
    children = list(crew(["inventory", "orders"], 2, settings(port=first)))
    assert [child.name for child in children] == ["inventory-1", "inventory-2", "orders-1", "orders-2"]
    assert [child.url for child in children] == [f"http://127.0.0.1:{first + n}" for n in range(4)]


def port_is_free(port):
    try:
        return first_free("127.0.0.1", [port]) == port
    except UserError:
        return False


def test_a_child_is_told_everything_on_its_command_line():
    (child,) = crew(["customers"], 1, settings())
    port = child.url.rpartition(":")[2]
    assert child.name == "customers"
    assert child.command[1:4] == ["-m", "agents.cli", "worker"]
    assert {"customers", "--supervised", f"--port={port}", "--data=tables", "--bootstrap=kafka:1"} <= set(child.command)
    assert int(port) in shop.ports("customers")


def test_a_port_that_is_taken_is_passed_over():
    with ExitStack() as stack:
        one, two = free_port(), free_port()
        occupy(stack, one)
        assert first_free("127.0.0.1", [one, two]) == two
        with pytest.raises(UserError, match=f"port {one} is taken on 127.0.0.1"):
            first_free("127.0.0.1", [one])


def test_services_ranges_of_ports_do_not_meet():
    ports = [port for name in [*shop.SERVICES, "examples.loyalty"] for port in shop.ports(name)]
    assert len(ports) == len(set(ports))


def test_all_means_every_service_and_a_name_counts_once():
    assert shop.choose(["all"]) == list(shop.SERVICES)
    assert shop.choose(["orders", "inventory", "orders"]) == ["orders", "inventory"]


def test_every_service_is_a_group_that_reads_its_topics():
    groups = dict(shop.groups())
    assert groups.keys() == shop.SERVICES.keys()
    assert groups["customers"] == ["customers"]
