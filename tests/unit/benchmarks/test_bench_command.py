"""`millrace bench` says what is wrong before it measures anything."""

import pytest
from typer.main import get_command

from agents.cli import bench
from agents.cli.app import run
from agents.cli.errors import UserError
from benchmarks.cli import commands


def told(capsys, arguments):
    code = run(arguments.split())
    captured = capsys.readouterr()
    return code, " ".join((captured.out + captured.err).replace("│", " ").split())


@pytest.mark.parametrize("name", get_command(commands).commands)
def test_every_benchmark_helps(capsys, name):
    code, words = told(capsys, f"bench {name} --help")
    assert code == 0
    assert f"Usage: millrace bench {name}" in words


def test_an_unknown_engine_is_named_with_those_there_are(capsys):
    code, words = told(capsys, "bench keyed-count --engines millrace,flink")
    assert code == 2
    assert "there is no engine 'flink'" in words
    assert "kafka-streams" in words


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("history --engine flink", "there is no engine 'flink'"),
        ("latency --engines millrace,millrace", "an engine is named twice"),
        ("latency --rates fast", "orders per second, with commas between"),
        ("latency --rates 100,0", "a rate is a number above zero"),
        ("latency --rates nan", "a rate is a number above zero"),
    ],
)
def test_what_cannot_be_measured_is_said_before_the_work(capsys, arguments, words):
    code, told_words = told(capsys, f"bench {arguments}")
    assert code == 2
    assert words in told_words


@pytest.mark.parametrize("name", ["keyed-count", "latency", "history", "inventory", "shop"])
def test_a_section_that_the_page_lacks_is_told_before_the_work(capsys, name):
    code, words = told(capsys, f"bench {name} --docs elsewhere")
    assert code == 2
    assert "has no section 'elsewhere'" in words


def test_an_installed_package_says_where_the_benchmarks_are(tmp_path):
    with pytest.raises(UserError, match="in a clone of the project"):
        get_command(bench.assembled(tmp_path))(["bench", "keyed-count", "--runs", "1"], standalone_mode=False)
