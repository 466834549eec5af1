"""The mistakes that one makes are sentences, exit with 1 or 2, and never show a stack trace. No broker is there."""

import shlex
import socket

import pytest

from agents.cli.app import COMMANDS, run

NOWHERE = "127.0.0.1:1"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch, tmp_path):
    for name in ("BOOTSTRAP", "DATA", "WEB_PORT", "WEB_HOST", "FAULT", "LOG_FORMAT"):
        monkeypatch.delenv(f"MILLRACE_{name}", raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def taken():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def say(capsys, command):
    code = run(shlex.split(command))
    captured = capsys.readouterr()
    words = " ".join((captured.out + captured.err).replace("│", " ").split())
    assert "Traceback" not in words
    return code, words


@pytest.mark.parametrize(
    "command",
    [
        "topics list",
        "topics create",
        "feed --orders 1",
        "verify",
        "verify --json",
        "dead-letters list",
        "worker inventory",
        "worker all",
        "send orders order.json --raw",
    ],
)
def test_a_broker_that_is_not_there_is_named(capsys, tmp_path, command):
    (tmp_path / "order.json").write_text("{}")
    code, words = say(capsys, f"{command} --bootstrap {NOWHERE}")
    assert code == 1
    assert f"error: no Kafka answers at {NOWHERE}. Start one with `millrace broker`" in words


def test_an_address_that_cannot_be_one_is_named(capsys):
    code, words = say(capsys, "topics list --bootstrap nowhere:port")
    assert code == 1
    assert "nowhere:port" in words


def test_the_address_can_come_from_the_environment(capsys, monkeypatch):
    monkeypatch.setenv("MILLRACE_BOOTSTRAP", NOWHERE)
    assert f"no Kafka answers at {NOWHERE}" in say(capsys, "topics list")[1]


@pytest.mark.parametrize("command", ["broker --port {}", "worker inventory --port {}", "sms-gateway --port {}"])
def test_a_taken_port_is_named(capsys, taken, command):
    code, words = say(capsys, command.format(taken))
    assert code == 1
    assert f"error: port {taken} is taken" in words


@pytest.mark.parametrize(
    ("command", "hint"),
    [
        ("worker inventry", "there is no service 'inventry'. Did you mean 'inventory'? There are inventory, orders"),
        ("worker everything", "there is no service 'everything'. There are inventory, orders"),
        ("worker no.such.module", "no.such.module: No module named 'no'"),
        ("worker json.decoder", "module json.decoder has no `app` and no `build(settings)`"),
        ("send order order.json", "there is no topic 'order'; there are orders, order-status"),
        ("query stok A101", "there is no 'stok'. Did you mean 'stock'?"),
        ("query stock", "say one key, as in `millrace query stock KEY`"),
        ("sned", "No such command 'sned'. Did you mean 'send'?"),
        ("feed --oders 3", "No such option: --oders"),
        ("feed --late 7", "Input should be less than or equal to 1"),
        ("feed --seconds 3", "needs --rate"),
        ("broker --nodes 2", "a cluster has 1 node or 3"),
        ("demo --orders 0", "Input should be greater than or equal to 1"),
    ],
)
def test_wrong_usage_is_explained(capsys, command, hint):
    code, words = say(capsys, command)
    assert code == 2
    assert hint in words


def test_a_worker_that_is_not_there_is_named_with_its_remedy(capsys, monkeypatch):
    monkeypatch.setenv("MILLRACE_WEB_HOST", "127.0.0.9")
    code, words = say(capsys, "query stock A101")
    assert code == 1
    assert "no worker of inventory answers at 127.0.0.9, ports 8110 to 8119. Start one with `millrace worker`" in words


def test_a_file_that_is_not_there_is_named(capsys):
    assert say(capsys, "send orders order.json") == (1, "error: order.json: No such file or directory")


def test_bad_json_is_named_with_its_line(capsys, tmp_path):
    (tmp_path / "order.json").write_text('{"a": 1}\n{"a"}\n')
    code, words = say(capsys, "send orders order.json")
    assert code == 1
    assert words.startswith("error: order.json, line 2, column 5: not JSON")


@pytest.mark.parametrize(
    ("variable", "value", "command"),
    [("MILLRACE_WEB_PORT", "high", "worker inventory"), ("MILLRACE_FAULT", "everywhere", "worker inventory")],
)
def test_a_bad_setting_is_named(capsys, monkeypatch, variable, value, command):
    monkeypatch.setenv(variable, value)
    code, words = say(capsys, f"{command} --bootstrap {NOWHERE}")
    assert code == 1
    assert f"{variable}={value}" in words


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_helps_and_gives_an_example(capsys, command):
    code, words = say(capsys, f"{command} --help")
    assert code == 0
    assert f"Usage: millrace {command}" in words
    if command not in {"topics", "dead-letters"}:  # these have commands of their own
        assert f"millrace {command}" in words.rpartition("Example")[2]


def test_without_arguments_it_lists_its_commands(capsys):
    _, words = say(capsys, "")
    assert all(command in words for command in COMMANDS)


def test_an_error_of_ours_is_not_hidden(monkeypatch):
    monkeypatch.setattr("agents.cli.graph.draw", lambda _edges: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(["graph"])
