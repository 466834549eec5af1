"""A worker's place on disk: its own while it lives, and with its identity when it comes back."""

import subprocess
import sys
from types import SimpleNamespace

import pytest
from aiokafka.errors import KafkaConnectionError

from streams.engine.errors import StateLockedError
from streams.engine.statedir import StateDirectory


@pytest.fixture
def claim(tmp_path):
    """`claim()`: a place, let go at the end of the test."""
    places = []

    def claim_one(service="counting"):
        places.append(StateDirectory.claim(tmp_path, service))
        return places[-1]

    yield claim_one
    for place in places:
        place.release()


def test_workers_take_slots_in_turn_and_a_free_one_first(claim, tmp_path):
    first, second = claim(), claim()
    assert [place.path.relative_to(tmp_path).as_posix() for place in (first, second)] == ["counting/0", "counting/1"]
    first.release()
    assert claim().path == first.path


def test_a_slot_keeps_its_identity_over_restarts_and_shares_it_with_no_other(claim):
    first, second = claim(), claim()
    assert first.worker_id != second.worker_id
    first.release()
    assert claim().worker_id == first.worker_id


def test_services_do_not_share_slots(claim):
    assert claim().path != claim("other").path


def test_a_killed_owner_holds_nothing(claim, tmp_path):
    script = f"""
import os, pathlib
from streams.engine.statedir import StateDirectory
place = StateDirectory.claim(pathlib.Path({str(tmp_path)!r}), "counting")
print(place.worker_id, flush=True)
os.kill(os.getpid(), 9)
"""
    killed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (killed.returncode, claim().worker_id) == (-9, killed.stdout.strip())


def test_an_identity_that_was_never_written_to_its_end_is_made_anew(claim):
    place = claim()
    place.release()
    (place.path / "worker-id").write_text("")
    assert len(claim().worker_id) == 32


def test_a_place_that_cannot_be_written_is_named(claim, tmp_path):
    (tmp_path / "counting").write_text("a file is in the way")
    with pytest.raises(StateLockedError, match=r"counting/0: Not a directory"):
        claim()


def test_only_partitions_are_taken_for_partitions(claim):
    place = claim()
    for name in ("0", "12", "tmp"):
        (place.path / name).mkdir()
    assert sorted(path.name for path in place.partitions()) == ["0", "12"]


class Group:
    """A client that knows who was signed off."""

    def __init__(self, error=None):
        self.left, self.error = [], error

    async def coordinator_lookup(self, _kind, _group):
        if self.error:
            raise self.error
        return 1

    async def ready(self, _node, **_group):
        return True

    async def send(self, _node, request, **_group):
        self.left.append(request)
        return SimpleNamespace(error_code=0)


async def test_a_predecessor_that_was_killed_is_signed_off_once(claim):
    place, group = claim(), Group()
    place.remember_member("member-1")
    for _ in range(2):
        await place.take_leave_for_predecessor(group, "counting")
    assert len(group.left) == 1


async def test_a_predecessor_that_left_in_order_is_not_signed_off(claim):
    place, group = claim(), Group()
    place.remember_member("member-1")
    place.forget_member()
    await place.take_leave_for_predecessor(group, "counting")
    assert group.left == []


async def test_a_predecessor_that_cannot_be_signed_off_stops_nobody(claim):
    place = claim()
    place.remember_member("member-1")
    await place.take_leave_for_predecessor(Group(KafkaConnectionError()), "counting")
    assert not (place.path / "member-id").exists()
