"""The report's numbers are those of the definitions, and the page needs nothing but itself."""

import gzip
import re
import shlex
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.cli.app import run
from agents.cli.errors import UserError
from agents.cli.report import measures, page
from agents.cli.report.measures import Judged, Share

DAY = 86_400


def by_definition(fraud, score):
    """Average precision: over the distinct scores from above, the precision there times what recall gained."""
    total, before = 0.0, 0.0
    for threshold in sorted(set(score), reverse=True):
        raised = [bad for bad, value in zip(fraud, score, strict=True) if value >= threshold]
        recall = sum(raised) / sum(fraud)
        total, before = total + (recall - before) * sum(raised) / len(raised), recall
    return total


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1).filter(lambda rows: any(bad for bad, _ in rows))
)
def test_average_precision_is_as_defined_ties_included(rows):
    fraud, score = zip(*rows, strict=True)
    found = measures.average_precision(np.array(fraud), np.array(score, float))
    assert found == pytest.approx(by_definition(fraud, score))


def test_without_a_fraud_there_is_no_average_precision():
    assert measures.average_precision(np.zeros(3, bool), np.ones(3)) is None
    assert measures.share(np.zeros(3, bool), np.zeros(3, bool)) == Share(None, None)


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Three weeks, two transactions a day; a fraud every third day, of which every second is found."""
    monkeypatch.chdir(tmp_path)
    table, scores = ["seconds,card,terminal,cents,fraud"], ["transaction,score,verdict,reasons"]
    for number in range(42):
        day, fraud = number // 2, number % 6 == 0
        table.append(f"{day * DAY + number},1,2,300,{int(fraud)}")
        found = number % 12 == 0
        verdict = "FraudDetected" if found or number == 41 else "FraudCleared"
        scores.append(f"{number},{0.9 if found else 0.1},{verdict},amount|pace")
    (tmp_path / "table.csv").write_text("\n".join(table))
    (tmp_path / "scores.csv").write_text("\n".join(scores))
    return tmp_path


def read(files):
    return measures.read(files / "scores.csv", files / "table.csv")


def test_scores_and_truth_are_put_together(files):
    judged = read(files)
    assert (int(judged.fraud.sum()), int(judged.detected.sum()), judged.missing) == (7, 5, 0)
    assert measures.share(judged.fraud, judged.detected) == Share(4 / 5, 4 / 7)
    assert judged.reasons == {"amount": (5, 4), "pace": (5, 4)}


def test_weeks_are_whole_and_days_count_right_and_wrong_alerts(files):
    judged = read(files)
    assert [first for first, _, _ in measures.by_week(judged)] == [0, 7, 14]
    right, wrong = measures.by_day(judged)
    assert (right.tolist(), wrong.tolist()) == ([n % 6 == 0 for n in range(21)], [n == 20 for n in range(21)])


def test_an_attempt_without_a_verdict_is_cleared_and_counted(files):
    lines = (files / "scores.csv").read_text().splitlines()
    (files / "scores.csv").write_text("\n".join([*lines[:1], *lines[2:], lines[2]]))
    judged = read(files)
    assert (judged.missing, bool(judged.detected[0]), float(judged.score[0])) == (1, False, 0.0)


def test_a_packed_table_is_read_as_it_is(files):
    with gzip.open(files / "table.csv.gz", "wt") as packed:
        packed.write((files / "table.csv").read_text())
    assert (measures.read(files / "scores.csv", files / "table.csv.gz").day == read(files).day).all()


def test_the_page_is_well_formed_and_refers_to_nothing_outside(files):
    assert run(shlex.split("fraud report scores.csv table.csv --out report.html")) == 0
    html = (files / "report.html").read_text()
    assert not re.search(r"""(src|href)\s*=|url\(|@import|<script""", html)
    plotted = [ET.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", html)]
    assert len(plotted) == 3
    assert [len(svg.findall("rect")) for svg in plotted] == [0, 3, 42]
    assert "<td>amount</td><td>5</td><td>0.800</td>" in html


def test_names_are_not_taken_for_markup():
    nothing = Judged(np.array([0]), np.array([True]), np.array([1.0]), np.array([True]), 0, {"<b>": (1, 1)})
    html = page.page(nothing, "<i>.csv")
    assert "<b>:" not in html
    assert "&lt;i&gt;.csv" in html
    assert "<td>&lt;b&gt;</td>" in html


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("scores.csv", "a,b\n", "scores.csv: the first line must begin with transaction,score,verdict"),
        ("scores.csv", "transaction,score,verdict\n99,0,x\n", "transaction '99' is no row of the table, which has 42"),
        ("scores.csv", "transaction,score,verdict\n1,0\n", "scores.csv, line 2: 2 fields, not 3"),
        ("table.csv", "seconds,card,terminal,cents,fraud\n", "table.csv: there is nothing in it"),
        ("table.csv", "seconds,card,terminal,cents,fraud\nx,1,1,1,1\n", "table.csv, line 2: invalid literal"),
        ("table.csv", "seconds,card,terminal,cents,fraud\n-1,1,1,1,1\n", "table.csv, line 2: seconds are not below"),
        ("table.csv", "seconds,card,terminal,cents,fraud\n1,1,1,1,True\n", "line 2: fraud is 0 or 1, not 'True'"),
    ],
)
def test_files_that_do_not_fit_are_named(files, name, content, words):
    (files / name).write_text(content)
    with pytest.raises(UserError) as caught:
        read(files)
    assert words in str(caught.value)


@pytest.mark.parametrize("suffix", ["", ".gz", ".xz", ".bz2"])
def test_a_table_that_cannot_be_unpacked_is_named(files, suffix):
    path = files / f"packed.csv{suffix}"
    path.write_bytes(gzip.compress(b"x" * 100)[:20] if suffix == ".gz" else b"\x1f\x8b no such thing \xff")
    with pytest.raises(UserError, match=r"packed\.csv.*: (it cannot be unpacked|this is not UTF-8)"):
        measures.read(files / "scores.csv", path)
