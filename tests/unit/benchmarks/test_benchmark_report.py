"""Many runs become a table and a plot: medians, spreads, and ratios of runs of one round."""

from xml.etree import ElementTree as ET

import pytest

from benchmarks.keyed_count.figures import figures
from benchmarks.report.markdown import number, spread, table
from benchmarks.report.record import Record
from benchmarks.report.summary import Spread, summaries
from benchmarks.report.svg import Bar, bars, lines

MACHINE = {"when": "then", "cores": 2, "processor": "P", "python": "3", "kafka": "4", "commit": "c", "load": 0.1}


def run(engine, round_, rate, cpu=5.0, **more):
    return {"engine": engine, "round": round_, "events_per_second": rate, "engine_cpu_s_per_million": cpu,
            "broker_cpu_s_per_million": 1.0, "peak_rss_mb": 100.0, "start_s": 1.5, "keys": 1000, "size": 172,
            "correct": True, "problem": "", **more}  # fmt: skip


FAILED = {"engine": "quix", "round": 1, "keys": 1000, "size": 172, "correct": False, "problem": "it ended"}
RUNS = [run("millrace", 1, 300.0), run("kafka-streams", 1, 100.0, cpu=20.0), FAILED,
        run("millrace", 2, 200.0), run("kafka-streams", 2, 50.0, cpu=20.0),
        run("millrace", 3, 240.0), run("kafka-streams", 3, 60.0, cpu=20.0)]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "text"), [(123_456, "123 000"), (1_234, "1 234"), (99.96, "100.0"), (12.34, "12.3"), (0.128, "0.13")]
)
def test_numbers_have_the_digits_that_count(value, text):
    assert number(value) == text


def test_a_spread_is_told_unless_there_is_one_run():
    assert spread(Spread(2.0, 1.0, 3.0)) == "2.00 (1.00 to 3.00)"
    assert spread(Spread(2.0, 2.0, 2.0)) == "2.00"


def test_a_ratio_is_that_of_runs_of_one_round():
    millrace, streams, _ = summaries(RUNS)
    assert millrace.ratio(streams) == Spread(4.0, 3.0, 4.0)
    assert millrace.ratio(summaries([run("kafka-streams", 9, 1.0)])[0]) is None


def test_a_run_that_did_not_end_is_counted_but_has_no_figures():
    quix = summaries(RUNS)[2]
    assert (quix.engine, quix.failed, list(quix.runs)) == ("quix", 1, [])


def test_the_table_has_a_row_for_each_engine():
    rows = figures(Record("c", MACHINE, RUNS)).text.splitlines()[2:]
    assert [row.split("|")[1].strip() for row in rows] == ["Millrace", "Kafka Streams, 1 thread", "Quix Streams"]
    assert "| 240 (200 to 300) | 4.00 | 5.00 | 0.25 |" in rows[0]
    assert "did not end" in rows[2]
    assert rows[2].endswith("| 0 of 1 |")


def test_wrong_counts_show_in_the_table():
    wrong = [run("millrace", 1, 1.0), run("millrace", 2, 1.0, correct=False, problem="2 outputs of 3 orders")]
    assert figures(Record("c", MACHINE, wrong)).text.endswith("| 1 of 2 |")


def test_the_plot_orders_engines_by_rate_and_marks_ours():
    plot = ET.fromstring(figures(Record("c", MACHINE, RUNS)).plot)
    drawn = plot.findall("{*}rect")
    assert [bar.get("class") for bar in drawn] == ["own", "bar"]
    assert float(drawn[0].get("width")) / float(drawn[1].get("width")) == pytest.approx(240 / 60, rel=0.01)


def test_labels_are_escaped():
    ET.fromstring(bars("a < b", "&", [Bar("<x>", Spread(1.0, 1.0, 1.0))]))


def test_a_larger_value_is_drawn_higher_and_what_cannot_be_drawn_is_left_out():
    plot = ET.fromstring(lines("t", "s", {"a": [(1, 1.0), (2, 10.0), (3, float("inf"))]}))
    path = next(path.get("d") for path in plot.findall("{*}path") if path.get("fill") == "none")
    (_, first), (_, second) = [map(float, point.split()) for point in path.removeprefix("M").split("L")]
    assert first > second


def test_a_table_is_markdown():
    assert table(["a", "b"], [["x", "1"]]) == "| a | b |\n| --- | ---: |\n| x | 1 |"


def test_a_record_is_kept_as_it_was(tmp_path):
    record = Record("millrace bench", MACHINE, RUNS)
    record.save(tmp_path / "deep" / "r.json")
    assert Record.load(tmp_path / "deep" / "r.json") == record
