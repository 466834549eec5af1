"""Disorderly input: numbers come twice and out of order, while workers die."""

from agents.chaos.scenarios.points import kill_at_any_time
from agents.chaos.scenarios.scenario import Scenario

ALL = (
    Scenario(
        "disorderly-input",
        "inputs are repeated and overtaken while workers are killed",
        kill_at_any_time,
        rounds=10,
        disorderly=True,
    ),
)
