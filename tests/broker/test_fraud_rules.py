"""An analyst's day on a real Kafka: a rule in shadow, back-tested, switched on, paused, while a worker runs."""

import json
import time

import httpx
import pytest

from streams.broker import EmbeddedKafka
from tests.support.processes import millrace, running

pytestmark = [pytest.mark.broker, pytest.mark.timeout(600)]

RULE = {
    "rule_id": "busy",
    "group_by": "card_id",
    "aggregate": "count",
    "field": "amount",
    "window_minutes": 60,
    "operator": ">=",
    "limit": 2,
    "weight": 15,
    "text": "twice within the hour",
}
ATTEMPTS = 12


def events(first):
    """Attempts of two cards, a minute apart, and the truth about them: one card is stolen."""
    for n in range(first, first + ATTEMPTS):
        ids = {"transaction_id": f"t{n}", "card_id": f"c{n % 2}"}
        stamp = f"2024-05-01T{n // 60:02d}:{n % 60:02d}:00Z"
        yield {
            "event_type": "TransactionAttempted",
            "timestamp": stamp,
            "data": {**ids, "terminal_id": "m", "amount": 5},
        }
        yield {"event_type": "TransactionLabelled", "timestamp": stamp, "data": {**ids, "fraud": n % 2 == 0}}


class Day:
    def __init__(self, bootstrap, url):
        self.bootstrap, self.url, self.sent, self.changes = bootstrap, url, 0, 0

    def say(self, *arguments, stdin=""):
        code, words = millrace(*arguments, stdin=stdin, MILLRACE_BOOTSTRAP=self.bootstrap)
        assert code == 0, words
        return " ".join(words.split())

    def change(self, *arguments, stdin=""):
        """Change the rule, and wait until every partition of both hops knows."""
        self.changes += 1
        words = self.say("rules", *arguments, stdin=stdin)
        self.until(lambda: self.known() == [self.changes] * 8)
        return words

    def put(self, *arguments):
        return self.change("put", "-", *arguments, stdin=json.dumps(RULE))

    def known(self):
        try:
            rows = httpx.get(f"{self.url}/tables/rulebooks", timeout=5).json()["rows"]
        except (httpx.HTTPError, KeyError):
            return []
        return [row["row"]["rules"]["busy"]["version"] for row in rows]

    def attempts(self):
        """Send some more, wait for their verdicts, then tell the truth about them."""
        told = [*events(self.sent)]
        self.sent += ATTEMPTS
        attempts = [json.dumps(one) for one in told if one["event_type"] == "TransactionAttempted"]
        self.say("send", "transactions", "-", stdin="\n".join(attempts))
        self.until(lambda: self.records("fraud") >= self.sent)
        labels = [json.dumps(one) for one in told if one["event_type"] == "TransactionLabelled"]
        self.say("send", "transaction-labels", "-", stdin="\n".join(labels))

    def records(self, topic):
        (row,) = (line for line in self._listed() if line[:1] == [topic])
        return int(row[3].replace(",", "")) if row[3] != "-" else 0

    def _listed(self):
        code, words = millrace("topics", "list", MILLRACE_BOOTSTRAP=self.bootstrap)
        assert code == 0, words
        return [line.split() for line in words.splitlines()[1:]]

    def list(self):
        return self.say("rules", "list", "--url", self.url)

    def until(self, true, seconds=90):
        deadline = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < deadline
            time.sleep(0.2)


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    folder = tmp_path_factory.mktemp("day")
    port = 18191
    with EmbeddedKafka() as kafka:
        worker = ("worker", "fraud", "--port", port, "--data", folder, "--bootstrap", kafka.bootstrap)
        with running(*worker, log=folder / "worker.log"):
            yield Day(kafka.bootstrap, f"http://127.0.0.1:{port}")


def test_a_rule_is_tried_in_shadow_switched_on_and_paused_while_the_worker_runs(day):
    assert "busy version 1 is shadow" in day.put()
    day.attempts()
    day.until(lambda: "busy 1 shadow count(amount) per card_id in 60 min >= 2 +15 10 5 5 0.500" in day.list())
    told = day.say("rules", "back-test", "-", stdin=json.dumps(RULE))
    assert "caught 5 frauds worth 25.00 missed 1 frauds false alarms 5 worth 25.00 precision 0.500 recall 0.833" in told
    assert "caught 0 frauds" in day.say("rules", "back-test", "-", "--from", "2024-06-01", stdin=json.dumps(RULE))
    assert "busy version 2 is active" in day.put("--state", "active")
    day.attempts()
    day.until(lambda: "busy 2 active count(amount) per card_id in 60 min >= 2 +15 12 6 6 0.500 1 10 5 5" in day.list())
    assert "busy version 3 is paused" in day.change("pause", "busy")
    day.attempts()
    assert "busy 3 paused count(amount) per card_id in 60 min >= 2 +15 0 0 0 - 2 12 6 6 0.500" in day.list()
    assert "busy version 4 is deleted" in day.change("delete", "busy")
    assert "busy" not in day.list()
