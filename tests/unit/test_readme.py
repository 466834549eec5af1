"""What the README shows is so. Its commands are run on a real Kafka in tests/broker/test_readme.py."""

import re
import shlex

import pytest
from typer.main import get_command

from agents.cli.app import COMMANDS, assemble
from agents.graph import graph
from agents.services import ALL
from tests.support import readme

SHELL_WORDS = {"<<END", "<<'END'", "-"}


@pytest.fixture(scope="module")
def millrace():
    return get_command(assemble(COMMANDS))


def words(command):
    first, *_ = command.splitlines()
    return [word for word in shlex.split(first)[1:] if not word.startswith("<<")]


@pytest.mark.parametrize("command", readme.millrace_commands())
def test_a_command_is_understood(command, millrace):
    """It is parsed to the end, and not run."""
    arguments = words(command)
    if "--help" in arguments:
        arguments.remove("--help")
        assert not arguments or arguments[0] in millrace.commands
        return
    node = millrace
    while hasattr(node, "commands"):
        name, *arguments = arguments
        node = node.commands[name]
    node.make_context(name, arguments)


def test_the_graph_is_the_one_that_the_services_declare():
    assert readme.blocks("mermaid") == [graph(ALL)]


def test_the_service_that_is_shown_is_the_one_that_is_tested():
    assert readme.blocks("python") == [(readme.ROOT / "examples/loyalty/service.py").read_text()]


@pytest.mark.parametrize("link", readme.links())
def test_a_link_leads_somewhere(link):
    assert (readme.ROOT / link).exists()


def test_the_make_targets_exist():
    targets = set(re.findall(r"^([a-z]+):", (readme.ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)", readme.TEXT))
    assert {"demo", "test", "setup"} <= named <= targets


def test_what_it_is_takes_no_more_than_a_few_lines():
    title, _, rest = readme.TEXT.partition("\n\n")
    assert title == "# Millrace"
    assert len(rest.partition("\n\n## ")[0].splitlines()) <= 6
