"""A recorded stream through the real topology: the verdicts of one event at a time, whatever the partitions, however
often the run was killed.
"""

import csv
import io
import shlex
from collections import deque

import pytest

from agents.cli import INTERRUPTED
from agents.cli.app import run
from agents.cli.replay import progress
from agents.cli.replay.scorer import Scorer
from agents.cli.replay.stream import COLUMNS
from benchmarks.fraud.desks import Desks
from benchmarks.fraud.patterns import draw
from benchmarks.fraud.replay import replay

DAY = 86_400


@pytest.fixture(scope="module")
def rows():
    """Some thousands of attempts and labels, 3 days late."""
    found, due = [], deque()
    for number, payment in enumerate(draw("mix", 7, cards=60, terminals=40, days=25, share=0.02)):
        while due and due[0][0] <= payment.seconds:
            at, what, fraud = due.popleft()
            found.append(f"label,{at},{what},{fraud}")
        what = f"{number},{payment.card},{payment.terminal},{payment.cents}"
        found.append(f"attempt,{payment.seconds},{what},")
        due.append((payment.seconds + 3 * DAY, what, payment.fraud))
    return found


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def write_one(name, rows):
        (tmp_path / name).write_text("\n".join([COLUMNS, *rows]) + "\n")
        return tmp_path / name

    return write_one


def say(command):
    return run(shlex.split(f"fraud replay {command}"))


def one_by_one(rows, partitions=1):
    lines = ["transaction,score,verdict"]
    lines += [f"{name},{score},{kind}" for name, score, kind in replay([COLUMNS, *rows], Desks(partitions))]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("partitions", [1, 8])
def test_the_topology_says_what_the_rules_say_of_one_event_at_a_time(write, tmp_path, rows, partitions):
    write("stream.csv", rows)
    assert say(f"stream.csv --out scores.csv --partitions {partitions}") == 0
    scores = (tmp_path / "scores.csv").read_text()
    assert scores == one_by_one(rows, partitions)
    assert "FraudDetected" in scores


def test_every_attempt_has_one_verdict_and_what_comes_later_changes_none(write, tmp_path, rows):
    write("stream.csv", rows[:3000])
    assert say("stream.csv --out scores.csv --partitions 4") == 0
    scores = (tmp_path / "scores.csv").read_text()
    assert scores.count("\n") == 1 + sum(row.startswith("attempt") for row in rows[:3000])
    assert one_by_one(rows, 4).startswith(scores)


@pytest.mark.parametrize("rest", ["the same stream", "what comes after"])
def test_a_run_goes_on_where_it_was_with_the_same_bytes(write, tmp_path, rows, rest):
    write("begin.csv", rows[:2501])
    write("stream.csv", rows if rest == "the same stream" else rows[2501:])
    assert say("begin.csv --out scores.csv --partitions 4 --state kept") == 0
    assert say("stream.csv --out scores.csv --partitions 4 --state kept --resume") == 0
    assert (tmp_path / "scores.csv").read_text() == one_by_one(rows, 4)


def test_a_run_that_is_killed_at_any_place_goes_on_with_the_same_bytes(write, tmp_path, rows, monkeypatch):
    write("stream.csv", rows)
    monkeypatch.setattr(progress, "SAVE_SECONDS", -1.0)
    score, batches = Scorer.score, iter(range(10**9))

    def killed(scorer, batch):
        answers = list(score(scorer, batch))
        if next(batches) % 7 == 6:
            raise KeyboardInterrupt
        return answers

    monkeypatch.setattr(Scorer, "score", killed)
    kills = 0
    while (code := say("stream.csv --out scores.csv --state kept --resume")) == INTERRUPTED:
        kills += 1
        with (tmp_path / "scores.csv").open("a") as torn:
            torn.write("999,0.5")
    assert (code, kills > 2) == (0, True)
    assert (tmp_path / "scores.csv").read_text() == one_by_one(rows)


def test_standard_input_is_read(write, tmp_path, rows, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join([COLUMNS, *rows[:500]])))
    write("other.csv", [])
    assert say("- --out scores.csv") == 0
    assert (tmp_path / "scores.csv").read_text() == one_by_one(rows[:500])


def test_reasons_are_a_fourth_column(write, tmp_path, rows):
    write("stream.csv", rows[:200])
    assert say("stream.csv --out scores.csv --reasons") == 0
    header, first, *_ = (tmp_path / "scores.csv").read_text().splitlines()
    assert header == "transaction,score,verdict,reasons"
    assert all(first.split(",")[3].split("|"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("kind,seconds\n", "the first line must be kind,seconds,transaction"),
        (f"{COLUMNS}\nattempt,0,t,c,m,12.5,\n", "row 1: 'attempt,0,t,c,m,12.5,'"),
        (f"{COLUMNS}\nattempt,0,t,c,m,-1,\n", "an amount is not below zero"),
        (f"{COLUMNS}\nattempt,0,t,c,m,1,\nlabel,9,t,c,m,1,\n", "row 2"),
        (f"{COLUMNS}\nattempt,0,t,c\n", "row 1"),
        (f"{COLUMNS}\nattempt,1704067200000,t,c,m,1,\n", "row 1"),
    ],
)
def test_a_stream_that_is_none_is_named_with_its_row(write, tmp_path, capsys, content, words):
    write("stream.csv", []).write_text(content)
    assert say("stream.csv --out scores.csv") == 1
    assert words in " ".join(capsys.readouterr().err.split())


def test_what_was_saved_of_another_run_is_refused(write, rows, capsys):
    write("stream.csv", rows[:900])
    write("changed.csv", [*rows[:5], *rows[6:1000]])
    write("earlier.csv", rows[300:600])
    write("junk.csv", ["junk"])
    assert say("stream.csv --out scores.csv --state kept") == 0
    assert say("stream.csv --out scores.csv --state kept --resume --partitions 2") == 1
    assert say("changed.csv --out scores.csv --state kept --resume") == 1
    assert say("earlier.csv --out scores.csv --state kept --resume") == 1
    assert say("stream.csv --out scores.csv --resume") == 2
    assert say("stream.csv --out scores.csv --state kept --resume --reasons") == 1
    assert say("junk.csv --out scores.csv --state kept --resume") == 1
    assert say("stream.csv --out scores.csv --state stream.csv") == 1
    words = " ".join(capsys.readouterr().err.split())
    assert "say --partitions 1" in words
    assert "its first 900 rows differ" in words
    assert "another stream, and begins before the end" in words
    assert "needs --state" in words
    assert "without --reasons" in words
    assert "row 1: 'junk'" in words
    assert "stream.csv/replay.state: Not a directory" in words or "File exists" in words


def test_a_label_before_its_attempt_waits_for_it_as_in_the_stream(write, tmp_path, rows):
    attempts = [row for row in rows if row.startswith("attempt")][:400]
    early = [line for row in attempts for line in (row.replace("attempt", "label") + str(len(row) % 2), row)]
    write("stream.csv", early)
    assert say("stream.csv --out scores.csv") == 0
    assert (tmp_path / "scores.csv").read_text() == one_by_one(early)


def test_what_corrects_a_label_is_in_force_for_the_next_attempt_of_the_card(write, tmp_path):
    """A label that says genuine after one that said fraud, and an attempt, in one batch."""
    attempts = [f"attempt,{n},t{n},c,m,{100 + 900 * (n % 2)}," for n in range(40)]
    labels = ["label,50,t39,c,m,1000,1", "label,51,t39,c,m,1000,0"]
    rows = [*attempts, *labels, "attempt,52,last,c,m,1000,"]
    write("stream.csv", rows)
    assert say("stream.csv --out scores.csv") == 0
    assert (tmp_path / "scores.csv").read_text() == one_by_one(rows)


def test_a_name_with_commas_and_quotes_is_written_as_csv(write, tmp_path):
    write("stream.csv", ['attempt,0,"a ""b"", c",c,m,1000,', 'attempt,1,"d""",c,m,1000,'])
    assert say("stream.csv --out scores.csv") == 0
    with (tmp_path / "scores.csv").open(newline="") as scores:
        assert [row[0] for row in csv.reader(scores)] == ["transaction", 'a "b", c', 'd"']


def test_a_packed_stream_is_refused_in_words(write, tmp_path, capsys):
    write("stream.csv", []).write_bytes(b"\xfd7zXZ\x00\x00\x04")
    assert say("stream.csv --out scores.csv") == 1
    assert "a packed file must be unpacked first" in " ".join(capsys.readouterr().err.split())


def test_the_precision_asked_for_by_the_environment_moves_the_line(write, tmp_path, rows, monkeypatch):
    write("stream.csv", rows)

    def detections(precision):
        monkeypatch.setenv("MILLRACE_FRAUD_PRECISION", precision)
        assert say("stream.csv --out scores.csv") == 0
        return (tmp_path / "scores.csv").read_text().count("FraudDetected")

    assert detections("0.5") > detections("0.99") > 0


def test_a_precision_that_cannot_be_kept_is_refused_in_words(write, rows, monkeypatch, capsys):
    write("stream.csv", rows[:2])
    monkeypatch.setenv("MILLRACE_FRAUD_PRECISION", "1.5")
    assert say("stream.csv --out scores.csv") == 1
    assert "MILLRACE_FRAUD_PRECISION" in capsys.readouterr().err
