"""The command line on a real Kafka: what goes in comes out, and Ctrl-C is an end like any other."""

import json
import re
import signal
import time

import pytest

from streams.broker import EmbeddedKafka
from tests.support.processes import INTERRUPTED, left_behind, millrace, running

pytestmark = [pytest.mark.broker, pytest.mark.timeout(300)]

ORDER = """
{"event_id": "…", "event_type": "OrderPlaced", "timestamp": "2023-10-27T10:00:00Z",
 "data": {"order_id": 12345, "customer_id": 67890,
          "items": [{"product_id": "A101", "quantity": 2}, {"product_id": "B202", "quantity": 1}],
          "total_amount": 150.75}}
"""

CUSTOMER = """{"event_type": "UserCreated", "timestamp": "2023-10-27T10:00:00Z",
"data": {"customer_id": 1, "name": "A", "phone": "+49151"}}"""


@pytest.fixture(scope="module")
def bootstrap():
    """A Kafka of this module's own: the commands use the shop's real topics."""
    with EmbeddedKafka() as kafka:
        yield kafka.bootstrap


def committed(bootstrap):
    """Records by topic, as `topics list` tells."""
    code, words = millrace("topics", "list", MILLRACE_BOOTSTRAP=bootstrap)
    assert code == 0, words
    rows = (line.split() for line in words.splitlines()[1:])
    return {row[0]: row for row in rows if row}


def until(true, seconds=60):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_topics_are_made_once(bootstrap):
    code, words = millrace("topics", "create", "--bootstrap", bootstrap)
    assert code == 0
    assert {"orders", "dead-letters", "inventory-changelog"} <= set(words.split())
    assert "0 made" in millrace("topics", "create", "--bootstrap", bootstrap)[1]


def test_the_example_of_the_language_is_sent_as_pasted(bootstrap):
    code, words = millrace("send", "orders", "-", stdin=ORDER, MILLRACE_BOOTSTRAP=bootstrap)
    assert (code, words) == (0, "1 record sent to orders.\n")
    code, words = millrace(
        "send", "orders", "-", "--raw", "--key", "k", stdin="{junk\nmore", MILLRACE_BOOTSTRAP=bootstrap
    )
    assert (code, words) == (0, "2 records sent to orders.\n")
    assert committed(bootstrap)["orders"][3] == "3"


def test_nothing_is_sent_when_one_event_is_wrong(bootstrap):
    before = committed(bootstrap)["customers"]
    code, words = millrace("send", "customers", "-", stdin=f"{CUSTOMER}\n{{}}", MILLRACE_BOOTSTRAP=bootstrap)
    assert code == 1
    assert words.startswith("error: -, line 3: ")
    assert committed(bootstrap)["customers"] == before


def test_the_same_seed_start_and_run_give_the_same_feed(bootstrap):
    command = ["feed", "--orders", "20", "--seed", "3", "--start", "2026-01-01T00:00:00", "--run", "x-"]
    first, again = (millrace(*command, MILLRACE_BOOTSTRAP=bootstrap) for _ in range(2))
    assert first == again
    assert first[0] == 0
    assert "Again: --seed 3 --start 2026-01-01T00:00:00 --run x-" in first[1]


def test_a_paced_feed_takes_its_time(bootstrap):
    began = time.monotonic()
    code, words = millrace("feed", "--rate", "5", "--seconds", "3", MILLRACE_BOOTSTRAP=bootstrap)
    assert code == 0, words
    assert time.monotonic() - began > 2


def test_verify_speaks_json_and_exits_with_its_verdict(bootstrap):
    code, words = millrace("verify", "--json", MILLRACE_BOOTSTRAP=bootstrap)
    report = json.loads(words)
    assert code == 1
    assert report["ok"] is False
    assert report["failed"] > 0  # no service runs, so nothing was answered
    code, words = millrace("verify", "--json", "--allow-open", MILLRACE_BOOTSTRAP=bootstrap)
    assert (code, json.loads(words)["ok"]) == (0, True)


@pytest.mark.parametrize(("sign", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_worker_tells_ctrl_c_from_being_told_to_stop(bootstrap, tmp_path, sign, code):
    log = tmp_path / "log"
    with running("worker", "customers", "--data", tmp_path, log=log, MILLRACE_BOOTSTRAP=bootstrap) as worker:
        until(lambda: "web views at" in log.read_text())
        worker.send_signal(sign)
        assert worker.wait(60) == code
    assert "Traceback" not in log.read_text()


def test_a_log_can_be_json(bootstrap, tmp_path):
    log = tmp_path / "log"
    variables = {"MILLRACE_BOOTSTRAP": bootstrap, "MILLRACE_LOG_FORMAT": "json"}
    with running("worker", "customers", "--data", tmp_path, log=log, **variables):
        until(lambda: "web views at" in log.read_text())
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert {line["process"] for line in lines} == {"customers"}
    assert {"time", "level", "logger", "message"} <= lines[0].keys()


def test_workers_of_one_service_have_ports_of_their_own_and_end_with_their_supervisor(bootstrap, tmp_path):
    log, command = tmp_path / "log", ["worker", "customers", "--processes", "2", "--data", tmp_path]
    with running(*command, log=log, MILLRACE_BOOTSTRAP=bootstrap) as supervisor:
        until(lambda: len(set(re.findall(r"web views at (\S+)", log.read_text()))) == 2)
        assert len(left_behind(tmp_path)) == 3
        supervisor.send_signal(signal.SIGINT)
        assert supervisor.wait(60) == 130
    assert left_behind(tmp_path) == []
    assert "Traceback" not in log.read_text()


@pytest.mark.parametrize("seconds", [0.6, 1.5, 3.0])
def test_ctrl_c_ends_a_starting_supervisor_in_order(bootstrap, tmp_path, seconds):
    log = tmp_path / "log"
    with running("worker", "all", "--data", tmp_path, log=log, MILLRACE_BOOTSTRAP=bootstrap) as supervisor:
        time.sleep(seconds)
        supervisor.send_signal(signal.SIGINT)
        assert supervisor.wait(60) in INTERRUPTED
    assert left_behind(tmp_path) == []
    assert "Traceback" not in log.read_text()


@pytest.mark.parametrize("seconds", [0.4, 1.0, 2.0, 5.0])
def test_ctrl_c_ends_the_broker_in_order(tmp_path, seconds):
    log = tmp_path / "log"
    with running("broker", "--port", "21871", "--dir", tmp_path / "kafka", log=log) as broker:
        time.sleep(seconds)
        broker.send_signal(signal.SIGINT)
        assert broker.wait(60) in INTERRUPTED
    assert left_behind(tmp_path) == []
    assert "Traceback" not in log.read_text()
