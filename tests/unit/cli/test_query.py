"""Words of the command line become paths of the web views."""

import pytest
import typer

from agents.cli.query import RESOURCES, route
from agents.services import SERVICES


@pytest.mark.parametrize(
    ("what", "keys", "service", "path"),
    [
        ("stock", ["A101"], "inventory", "/stock/A101"),
        ("orders", ["O-1"], "orders", "/orders/O-1"),
        ("orders", [], "orders", "/tables"),
        ("orders", ["orders", "O-1"], "orders", "/tables/orders/O-1"),
        ("inventory", ["reservations"], "inventory", "/tables/reservations"),
        ("/stock/A101", [], "inventory", "/stock/A101"),
        ("stock/A101", [], "inventory", "/stock/A101"),
        ("stock", ["a/b c?d"], "inventory", "/stock/a%2Fb%20c%3Fd"),
        ("examples.loyalty", ["balances", "67890"], "examples.loyalty", "/tables/balances/67890"),
    ],
)
def test_what_is_asked_for_has_one_place(what, keys, service, path):
    assert route(what, keys) == (service, path)


def test_every_resource_is_some_services():
    assert set(RESOURCES.values()) <= set(SERVICES)
    assert {"stock", "orders", "shipments", "customers", "cards"} <= RESOURCES.keys()


@pytest.mark.parametrize(("what", "keys"), [("stock", []), ("stock", ["a", "b"]), ("stok", ["a"]), ("", [])])
def test_what_has_no_place_is_refused(what, keys):
    with pytest.raises(typer.BadParameter):
        route(what, keys)
