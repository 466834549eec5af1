"""An analyst's rule is checked before it leaves the house, and versions count by themselves."""

import asyncio
import json
import shlex
from datetime import UTC, datetime

import pytest

from agents.cli import backtest, rulebook, tallies
from agents.cli.app import run
from agents.cli.documents import split
from agents.cli.errors import UserError
from agents.cli.tallies import Tally
from benchmarks.fraud.desks import attempt
from streams.events.base import event_of
from streams.events.fraud import FraudRuleChanged
from streams.rules.fraud.backtest import Caught
from streams.settings import Settings

RULE = {
    "rule_id": "busy",
    "group_by": "card_id",
    "aggregate": "count",
    "field": "amount",
    "window_minutes": 60,
    "operator": ">=",
    "limit": 3,
    "weight": 2.5,
    "text": "three within the hour",
}
KNOWN = FraudRuleChanged(**RULE, version=4, state="active")


def read(rule, known=(), state=None):
    content = rule if isinstance(rule, bytes) else json.dumps(rule).encode()
    (document,) = split("rule.json", content)
    return rulebook.read("rule.json", document, {one.rule_id: one for one in known}, state)


@pytest.fixture
def shop(monkeypatch, tmp_path):
    """A Kafka that holds one rule and takes what is published, and no worker."""
    published = []

    async def in_force(_kafka):
        return {"busy": KNOWN} | {rule.rule_id: rule for rule in published}

    async def publish(_kafka, rules):
        published.extend(rules)

    monkeypatch.setattr(rulebook, "in_force", in_force)
    monkeypatch.setattr(rulebook, "publish", publish)
    monkeypatch.setattr(tallies, "ask", lambda _web, _url: None)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    return published


def say(capsys, command):
    code = run(shlex.split(f"rules {command}"))
    captured = capsys.readouterr()
    return code, " ".join((captured.out + captured.err).split())


def test_a_rule_without_version_and_state_is_the_first_and_in_shadow():
    rule = read(RULE)
    assert (rule.version, rule.state) == (1, "shadow")


def test_a_rule_that_is_known_becomes_its_next_version():
    assert read(RULE, [KNOWN]).version == 5


def test_the_command_line_has_the_last_word_on_the_state():
    assert read({**RULE, "state": "paused"}, state="active").state == "active"


def test_a_whole_event_is_taken_too():
    event = {"event_type": "FraudRuleChanged", "timestamp": "2024-01-01T00:00:00Z", "data": {**RULE, "version": 9}}
    assert read(event).version == 9


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({**RULE, "field": "colour"}, "rule busy: field 'colour' is unknown: use one of amount, card_id"),
        ({**RULE, "operator": "~"}, "operator: Input should be '>', '>='"),
        ({**RULE, "window_minutes": 0}, "window_minutes: Input should be greater than or equal to 1"),
        ({key: value for key, value in RULE.items() if key != "text"}, "text: Field required"),
        ({**RULE, "version": 4}, "rule busy is at version 4: leave the version out, or raise it"),
        (b"7", "a rule is a JSON object"),
        (b'{"limit": NaN}', "JSON is malformed"),
        (b'{"limit": 1e999}', "out of range"),
        (b'[{"limit": NaN}]', "JSON is malformed"),
        ({**RULE, "aggregate": "distinct"}, "distinct of amount is not counted"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(rule, words):
    with pytest.raises(UserError) as caught:
        read(rule, [KNOWN])
    assert str(caught.value).startswith("rule.json, line 1: ")
    assert words in str(caught.value)


def test_put_publishes_every_rule_of_a_file_or_none(shop, tmp_path, capsys):
    (tmp_path / "rules.json").write_text(json.dumps([RULE, {**RULE, "rule_id": "b"}]))
    assert say(capsys, "put rules.json --state active")[0] == 0
    assert [(rule.rule_id, rule.version, rule.state) for rule in shop] == [("busy", 5, "active"), ("b", 1, "active")]
    (tmp_path / "rules.json").write_text(json.dumps([RULE, {**RULE, "limit": -1}]))
    code, words = say(capsys, "put rules.json")
    assert (code, len(shop)) == (1, 2)
    assert "error: rules.json, line 1: rule busy: limit is below zero" in words


def test_the_same_rule_twice_in_a_file_is_two_versions(shop, tmp_path, capsys):
    (tmp_path / "rules.jsonl").write_text(json.dumps(RULE) + "\n" + json.dumps(RULE))
    assert say(capsys, "put rules.jsonl")[0] == 0
    assert [rule.version for rule in shop] == [5, 6]


@pytest.mark.parametrize(("command", "state"), [("pause", "paused"), ("delete", "deleted")])
def test_a_rule_is_turned_off_by_its_next_version(shop, capsys, command, state):
    code, words = say(capsys, f"{command} busy")
    assert (code, [(rule.version, rule.state) for rule in shop]) == (0, [(5, state)])
    assert f"busy version 5 is {state}: count(amount) per card_id in 60 min >= 3" in words


@pytest.mark.parametrize("command", ["pause", "delete"])
def test_a_rule_that_is_not_there_is_named_with_those_there_are(shop, capsys, command):
    assert say(capsys, f"{command} bsuy") == (1, "error: there is no rule 'bsuy'; there are busy")
    say(capsys, "delete busy")
    assert say(capsys, f"{command} busy") == (1, "error: there is no rule 'busy'; there are none")


def test_the_list_shows_what_each_version_matched(shop, capsys, monkeypatch):
    counted = {"busy@4": Tally(8, 3, 1), "busy@2": Tally(1_200, 0, 0)}
    monkeypatch.setattr(tallies, "ask", lambda _web, _url: counted)
    words = say(capsys, "list")[1]
    assert "busy 4 active count(amount) per card_id in 60 min >= 3 +2.5 8 3 1 0.750 2 1,200 0 0 -" in words


def test_the_list_shows_at_once_a_rule_whose_version_is_a_time_and_whose_id_looks_like_markup(
    shop, capsys, monkeypatch
):
    counted = {"[/x]@1700000000000": Tally(8, 3, 1), "[/x]@7": Tally(1, 0, 0)}
    monkeypatch.setattr(tallies, "ask", lambda _web, _url: counted)
    shop.append(FraudRuleChanged(**{**RULE, "rule_id": "[/x]"}, version=1_700_000_000_000, state="active"))
    words = say(capsys, "list")[1]
    assert "[/x] 1700000000000 active count(amount) per card_id in 60 min >= 3 +2.5 8 3 1 0.750 7 1 0 0 -" in words
    assert say(capsys, "pause [/x]")[0] == 0


def test_the_list_leaves_out_what_was_deleted_unless_asked(shop, capsys):
    say(capsys, "delete busy")
    assert "busy" not in say(capsys, "list")[1]
    assert "busy 5 deleted" in say(capsys, "list --deleted")[1]


def test_without_a_worker_the_list_says_that_counts_are_unknown(shop, capsys):
    words = say(capsys, "list")[1]
    assert "busy 4 active" in words
    assert "No worker of fraud answers" in words


def test_the_counts_of_all_partitions_are_added():
    rows = [
        {"key": "a@1", "partition": 0, "row": {"matched": 2, "frauds": 1, "genuine": 0}},
        {"key": "a@1", "partition": 3, "row": {"matched": 5, "frauds": 0, "genuine": 4}},
        {"key": "b@1", "partition": 3, "row": {"matched": 1, "frauds": 0, "genuine": 0}},
    ]
    assert tallies.added(iter(rows)) == {"a@1": Tally(7, 1, 4), "b@1": Tally(1, 0, 0)}


def test_a_repeated_attempt_is_tested_once_and_in_the_order_of_event_time():
    attempts = [attempt(60, "t2", "c", "m", 1), attempt(0, "t1", "c", "m", 1), attempt(90, "t2", "c", "m", 1)]
    assert [(one.data.transaction_id, one.time % 100_000) for one in backtest.once(attempts)] == [
        ("t1", 0),
        ("t2", 60_000),
    ]


def test_what_the_service_refused_is_not_in_force(monkeypatch):
    good, bad = FraudRuleChanged(**RULE, version=1, state="active"), {**RULE, "version": 2, "state": "active"}

    async def events_of(_arguments, _topic):
        return [event_of(rule, "r", datetime.now(UTC)) for rule in (good, FraudRuleChanged(**{**bad, "limit": -1}))]

    async def reach(_kafka):
        return None

    monkeypatch.setattr(rulebook, "events_of", events_of)
    monkeypatch.setattr(rulebook, "reach", reach)
    assert asyncio.run(rulebook.in_force(Settings.load().kafka)) == {"busy": good}


def test_the_answer_of_a_back_test_is_a_handful_of_lines():
    told = dict(backtest.lines(Caught(1_000, 30, 20, 5, 25, 12_345, 678)))
    assert told == {
        "attempts": "1,000, of them 25 labelled as fraud",
        "matched": "30, of them 5 without a label",
        "caught": "20 frauds worth 123.45",
        "missed": "5 frauds",
        "false alarms": "5 worth 6.78",
        "precision": "0.800",
        "recall": "0.800",
    }
    assert dict(backtest.lines(Caught()))["precision"] == "-"


@pytest.mark.parametrize("command", ["list", "pause busy", "put rule.json", "back-test rule.json"])
def test_a_broker_that_is_not_there_is_named(tmp_path, monkeypatch, capsys, command):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rule.json").write_text(json.dumps(RULE))
    assert say(capsys, f"{command} --bootstrap 127.0.0.1:1")[0] == 1


def test_a_file_that_is_not_there_is_named(shop, capsys):
    assert say(capsys, "put none.json") == (1, "error: none.json: No such file or directory")
