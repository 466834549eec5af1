"""What a process tells: lines for people, objects for machines, and no chatter of libraries."""

import json
import logging
import re

import pytest

from agents import logs
from streams.settings import Log


@pytest.fixture(autouse=True)
def restored():
    """Logging is the process's own; leave it as pytest set it up."""
    root, libraries = logging.getLogger(), [*logs.CHATTY, *logs.EXCITABLE]
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    for library in libraries:
        logging.getLogger(library).setLevel(logging.NOTSET)


def tell():
    logging.getLogger("streams.engine.worker").info("%s stops", "orders")
    logging.getLogger("streams.engine.app").info("[^ServiceApp]: Starting...")
    logging.getLogger("aiokafka.cluster").error("one of many attempts")
    logging.getLogger("faust.app").info("chatter")
    try:
        int("broken")
    except ValueError:
        logging.getLogger("streams").exception("it ends")


def test_lines_are_for_people(capsys):
    logs.be_told(Log(), "orders")
    tell()
    first, second, *trace = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3} orders  orders stops", first)
    assert second.endswith("orders  error: it ends")
    assert trace[-1] == "ValueError: invalid literal for int() with base 10: 'broken'"


def test_objects_are_for_machines_one_a_line(capsys):
    logs.be_told(Log(format="json"), "orders")
    tell()
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert (first["level"], first["process"], first["message"]) == ("info", "orders", "orders stops")
    assert second["message"].endswith("ValueError: invalid literal for int() with base 10: 'broken'")
    assert first["time"].endswith("Z")


def test_at_level_debug_everybody_speaks(capsys):
    logs.be_told(Log(level="debug"), "orders")
    tell()
    assert len(capsys.readouterr().err.splitlines()) > 6


def test_commands_are_quiet(capsys):
    logs.be_quiet()
    tell()
    assert capsys.readouterr().err == ""
