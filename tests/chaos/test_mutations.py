"""The harness can fail: with one thing broken in the engine it reports what that breaks."""

import sys
from pathlib import Path

import pytest

MUTANT = Path(__file__).with_name("mutant.py")

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]


def mutant(mutation):
    return (sys.executable, str(MUTANT), mutation)


async def test_a_store_that_is_written_before_the_commit_is_found_out(played):
    found = (await played("kill-before-end", command=mutant("early_write"))).verdict
    assert found.wrong["table"], "the tables hold what was never committed, and then what came of it"
    assert found.wrong["wrong"], "answers repeat or skip a count"


async def test_offsets_that_are_committed_before_the_transaction_are_found_out(played):
    found = (await played("kill-before-end", command=mutant("offsets_before"))).verdict
    assert found.wrong["lost"]


async def test_offsets_that_are_committed_after_the_transaction_are_found_out(played):
    found = (await played("kill-after-end", command=mutant("offsets_after"))).verdict
    assert found.wrong["duplicated"]


async def test_a_worker_that_nobody_fences_is_found_out(played):
    found = (await played("zombie", rounds=4, command=mutant("no_fencing"))).verdict
    assert found.wrong["duplicated"] or found.wrong["table"] or found.wrong["wrong"]
