"""A feed's fraud patterns come from words or from a file that may change while it runs."""

import os

import pytest
import typer

from agents.cli.patterns import patterns_of
from streams.feed.fraud import PATTERNS


def write(path, text, *, at):
    path.write_text(text)
    os.utime(path, (at, at))


def test_without_a_word_all_patterns_are_alike():
    assert patterns_of(None) == dict.fromkeys(PATTERNS, 1.0)


def test_words_are_weights():
    assert patterns_of("burst:2,testing") == {"burst": 2.0, "testing": 1.0}


def test_a_file_that_changes_is_obeyed_at_once(tmp_path):
    write(tmp_path / "mix", "burst\n", at=1)
    mix = patterns_of(f"@{tmp_path / 'mix'}")
    assert dict(mix) == {"burst": 1.0}
    write(tmp_path / "mix", "testing:0.5", at=2)
    assert dict(mix) == {"testing": 0.5}


def test_what_cannot_be_read_later_changes_nothing_and_is_said_once(tmp_path, capsys):
    write(tmp_path / "mix", "burst", at=1)
    mix = patterns_of(f"@{tmp_path / 'mix'}")
    write(tmp_path / "mix", "bust", at=2)
    assert dict(mix) == {"burst": 1.0}
    (tmp_path / "mix").unlink()
    assert dict(mix) == {"burst": 1.0}
    write(tmp_path / "mix", "testing", at=3)
    assert dict(mix) == {"testing": 1.0}
    assert "no fraud pattern 'bust'" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("words", ["robbery", "@/no/such/file"])
def test_a_mistake_at_the_beginning_is_one_of_usage(words):
    with pytest.raises(typer.BadParameter):
        patterns_of(words)
