"""Programs that are measured are started, watched and ended, children and all."""

import os
import sys
import time

import pytest

from benchmarks.processes import EndedError, Programs, cpu_seconds, family, rss_mb

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
PARENT = [sys.executable, "-c", "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'], stdin=-1)"]
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
)
PATIENCE = 20.0


def soon(condition):
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_children_belong_to_their_program(tmp_path):
    with Programs([PARENT], tmp_path / "log") as programs:
        parent, *_ = programs.pids()
        # the kernel may leave a child out while it is being started
        soon(lambda: len(pids := [*family(parent)]) == 2 and pids == [*programs.pids()])


def test_all_end_with_the_block(tmp_path):
    with Programs([SLEEP, SLEEP], tmp_path / "log") as programs:
        pids = programs.pids()
        assert len(pids) == 2
    assert not any(map(alive, pids))


def test_one_that_does_not_listen_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.processes.STOP_SECONDS", 0.2)
    with Programs([[sys.executable, "-c", STUBBORN]], tmp_path / "log") as programs:
        (pid,) = programs.pids()
        soon(lambda: "deaf" in programs.last_words())
    assert not alive(pid)


def test_a_program_that_ended_is_told_with_its_last_words(tmp_path):
    with Programs([[sys.executable, "-c", "raise SystemExit('no broker')"]], tmp_path / "log") as programs:
        soon(lambda: "no broker" in programs.last_words())
        with pytest.raises(EndedError, match=r"exit code 1: no broker"):
            soon(programs.check)


def test_what_a_process_used_is_read_from_outside():
    before = cpu_seconds([os.getpid()])
    soon(lambda: cpu_seconds([os.getpid()]) >= before + 0.05)
    assert 5 < rss_mb([os.getpid()]) < 5_000


def test_a_process_that_is_gone_used_nothing():
    assert (cpu_seconds([2**22 + 1]), rss_mb([2**22 + 1])) == (0, 0)
