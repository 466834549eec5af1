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


async def test_a_worker_that_slept_while_another_took_over_does_no_harm(played):
    assert_held(await played("zombie"))


@pytest.mark.parametrize("name", ["rebalance-both", "state-lost", "state-older", "disorderly-input"])
async def test_nothing_is_lost_or_repeated_by(name, played):
    outcome = await played(name)
    assert_held(outcome)
    assert outcome.harms
