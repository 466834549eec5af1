"""Analysts change rules while the stream runs: each change holds from its own place, on every partition."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from agents import fraud
from streams import topics
from streams.engine.driver import Driver
from streams.engine.partitioner import hashes
from streams.settings import Settings
from tables import fraud as tables

START = datetime(2024, 5, 1, tzinfo=UTC)
MINUTE = 60
COUNT = {
    "rule_id": "busy",
    "version": 1,
    "state": "active",
    "group_by": "card_id",
    "aggregate": "count",
    "field": "amount",
    "window_minutes": 60,
    "operator": ">=",
    "limit": 3.0,
    "weight": 15.0,
    "text": "three within the hour",
}


class Stream:
    """Attempts a minute apart, by a few cards at a few terminals, and changes of rules between them."""

    def __init__(self, chunk_records=100, partitions=4):
        edges = fraud.edges(partitions)
        self.topics = {topic.name: topic for topic in edges.reads}
        self.driver = Driver([fraud.build(Settings.load(), edges)], chunk_records=chunk_records)
        self.number = 0

    def tell(self, topic, event_type, key, data):
        at = (START + timedelta(seconds=self.number * MINUTE)).isoformat()
        event = {"event_id": f"e{self.number}-{key}", "event_type": event_type, "timestamp": at, "data": data}
        self.driver.send(self.topics[topic.name], json.dumps(event).encode(), key=key.encode())

    def attempts(self, count, *, cards=4, terminals=3, customers=None):
        for _ in range(count):
            n = self.number
            data = {"transaction_id": f"t{n}", "card_id": f"c{n % cards}", "terminal_id": f"m{n % terminals}"}
            if customers:
                data["customer_id"] = f"u{n % customers}"
            self.tell(topics.transactions, "TransactionAttempted", data["card_id"], {**data, "amount": 10.0})
            self.number += 1
        self.driver.run()
        return self

    def rule(self, *, run=True, **changes):
        self.tell(topics.fraud_rules, "FraudRuleChanged", COUNT["rule_id"], {**COUNT, **changes})
        if run:
            self.driver.run()
        return self

    def verdicts(self):
        """By transaction: score, type, and the rules that spoke."""
        found = {}
        for event in self.driver.read(topics.fraud):
            rules = tuple((rule.rule_id, rule.version) for rule in event.data.rules)
            assert event.data.transaction_id not in found
            found[event.data.transaction_id] = (event.data.score, event.event_type, rules)
        return found

    def spoken(self, first, last):
        verdicts = self.verdicts()
        return {verdicts[f"t{n}"][2] for n in range(first, last)}


@pytest.fixture
def stream():
    opened = []

    def open_one(**options):
        opened.append(Stream(**options))
        return opened[-1]

    yield open_one
    for one in opened:
        one.driver.close()


def life(stream):
    """Shadow, active, changed, paused, deleted: 40 attempts in each state."""
    stream.attempts(40).rule(state="shadow").attempts(40).rule(version=2).attempts(40)
    stream.rule(version=3, weight=1.0, text="said gently").attempts(40)
    return stream.rule(version=4, state="paused").attempts(40).rule(version=5, state="deleted").attempts(40)


@pytest.mark.parametrize("partitions", [1, 4, 8])
def test_a_rule_speaks_while_it_is_active_and_only_then_and_by_its_version(stream, partitions):
    told = life(stream(partitions=partitions))
    assert told.spoken(0, 80) == {()}
    assert told.spoken(80, 120) == {(("busy", 2),)}
    assert told.spoken(120, 160) == {(("busy", 3),)}
    assert told.spoken(160, 240) == {()}
    assert {told.verdicts()[f"t{n}"][1] for n in range(80, 120)} == {"FraudDetected"}


@pytest.mark.parametrize("chunk_records", [1, 7, 1000])
def test_a_replay_of_the_same_stream_gives_the_same_verdicts(stream, chunk_records):
    assert life(stream()).verdicts() == life(stream(chunk_records=chunk_records)).verdicts()


def test_a_crash_while_a_rule_spreads_changes_nothing(stream):
    told = stream().attempts(40)
    told.driver.fail_at("fraud", "after-end")
    with pytest.raises(Exception, match="after-end"):
        told.rule()
    told.driver.restart("fraud")
    told.driver.run()
    assert told.attempts(40).verdicts() == stream().attempts(40).rule().attempts(40).verdicts()


@pytest.mark.parametrize("group", ["card_id", "terminal_id", "customer_id"])
def test_a_shadow_rule_changes_no_byte_of_a_verdict_and_is_counted(stream, group):
    silent, told = stream(), stream().rule(state="shadow", group_by=group)
    for _ in range(60):
        silent.attempts(1, customers=5)
        told.attempts(1, customers=5)
    assert told.verdicts() == silent.verdicts()
    matched = sum(
        task.caches[tables.tallies]["busy@1"].matched
        for task in told.driver._workers["fraud"].tasks.values()
        if task.caches[tables.tallies]["busy@1"]
    )
    assert matched == {"card_id": 52, "terminal_id": 54, "customer_id": 50}[group]


@pytest.mark.parametrize("group", ["card_id", "terminal_id", "customer_id"])
def test_a_rule_that_was_in_shadow_knows_its_past_when_it_is_switched_on(stream, group):
    told = stream().rule(state="shadow", group_by=group).attempts(12, customers=3)
    told.rule(version=2, group_by=group).attempts(1, customers=3)
    assert told.spoken(12, 13) == {(("busy", 2),)}


def test_the_place_of_a_rule_is_its_own_in_the_log_of_the_deciding_hop(stream):
    told = stream(partitions=8)
    told.rule().attempts(20)
    log, topic = told.driver.log, topics.fraud_by_terminal.name
    for partition in range(8):
        types = [json.loads(record.value)["event_type"] for record in log.partition(topic, partition)]
        assert types[0] == "RuleAtTerminals"
        assert types.count("RuleAtTerminals") == 1


def test_a_word_from_hop_one_counts_only_where_that_version_is_in_force(stream):
    told = stream(chunk_records=1)
    told.rule().attempts(12)
    told.rule(run=False, version=2, state="paused").attempts(12)
    spoken = told.spoken(12, 24)
    assert (("busy", 2),) not in spoken
    assert told.spoken(18, 24) == {()}


def test_an_older_version_that_comes_late_changes_nothing(stream):
    told = stream().rule(version=3, state="paused").rule(version=2).attempts(20)
    assert told.spoken(0, 20) == {()}


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        ({"field": "colour"}, "InvalidRuleError", "rule busy: field 'colour' is unknown"),
        ({"weight": 99.0}, "InvalidRuleError", "log-odds"),
        ({"operator": "~"}, "InvalidEventError", "operator"),
    ],
)
def test_a_rule_that_makes_no_sense_is_set_aside_with_its_reason(stream, wrong, error, words):
    told = stream().rule(**wrong).attempts(20)
    ((headers, letter),) = told.driver.dead_letters()
    assert (headers["error-class"], headers["source-topic"]) == (error, "fraud-rules")
    assert words in headers["error-message"]
    assert json.loads(letter.value)["data"]["rule_id"] == "busy"
    assert told.spoken(0, 20) == {()}


@pytest.mark.parametrize("partitions", [1, 3, 4, 8, 64])
def test_the_keys_that_lead_to_every_partition_do(partitions):
    keys = fraud.keys_to_all(partitions)
    assert (hashes([key.encode() for key in keys]) % partitions).tolist() == [*range(partitions)]
