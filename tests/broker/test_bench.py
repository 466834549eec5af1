"""`millrace bench` on a real Kafka, small: what it runs, counts and checks is what it says."""

import json

import pytest

from agents.cli.app import run

pytestmark = pytest.mark.broker


def test_the_keyed_count_runs_and_its_counts_are_right(tmp_path):
    kept = tmp_path / "runs.json"
    command = f"bench keyed-count --engines millrace,aiokafka --events 5000 --keys 100 --runs 1 --json {kept}"
    assert run(command.split()) == 0
    runs = json.loads(kept.read_text())["runs"]
    assert [(found["engine"], found["events"], found["correct"]) for found in runs] == [
        ("millrace", 5_000, True),
        ("aiokafka", 5_000, True),
    ]
    for found in runs:
        assert found["events_per_second"] > 0
        assert found["start_s"] > 0
        assert found["peak_rss_mb"] > 10


def test_latency_is_that_of_every_order(tmp_path):
    kept = tmp_path / "runs.json"
    command = f"bench latency --engines millrace --rates 200 --seconds 2 --runs 1 --json {kept}"
    assert run(command.split()) == 0
    (found,) = json.loads(kept.read_text())["runs"]
    assert found["correct"]
    assert 0 < found["p50_ms"] <= found["p99_ms"] <= found["p999_ms"]
