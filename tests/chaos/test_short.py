"""The short form of `make chaos`: a kill at every named point, and one of each other kind that is quick."""

import pytest

from streams.engine.faults import POINTS

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]


def assert_held(outcome):
    assert outcome.ok, f"{outcome.verdict.violations}; kept in {outcome.kept}"
    assert outcome.verdict.outputs, "nothing was judged"


async def test_a_kill_at_any_point_loses_nothing_and_repeats_nothing(played):
    outcome = await played("kill-every-point")
    assert_held(outcome)
    assert {f"SIGKILL at {point}" for point in POINTS} <= outcome.harms.keys()


@pytest.mark.parametrize("name", ["rebalance-both", "zombie", "state-lost", "state-older", "disorderly-input"])
async def test_nothing_is_lost_or_repeated_by(name, played):
    outcome = await played(name, rounds=2)
    assert_held(outcome)
    assert outcome.harms
