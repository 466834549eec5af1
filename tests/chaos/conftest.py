"""One Kafka for all tests of chaos, and a scenario played on it."""

from random import Random

import pytest

from agents.chaos.clusters import Cluster
from agents.chaos.crew import WORKER
from agents.chaos.harness import play
from agents.chaos.scenarios import ALL
from agents.chaos.stage import Trial
from streams.broker import EmbeddedKafka

SEED = 1


@pytest.fixture(scope="session")
def cluster():
    with EmbeddedKafka() as kafka:
        yield Cluster(kafka, kafka.bootstrap)


@pytest.fixture
def played(cluster, tmp_path, request):
    """`await played("zombie")` plays rounds of a scenario and returns its outcome."""
    scenarios = {scenario.name: scenario for scenario in ALL}

    async def run(name, *, rounds=1, command=WORKER):
        scenario = scenarios[name]
        test = "".join(char if char.isalnum() else "-" for char in request.node.name)
        trial = Trial(
            cluster, f"{name}-{test}", tmp_path / name, Random(SEED), disorderly=scenario.disorderly, command=command
        )
        return await play(scenario, trial, rounds)

    return run
