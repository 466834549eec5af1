"""The demo as a user runs it: it ends well, kills and brings back, and leaves nothing behind."""

import re
import signal
import time

import pytest

from agents.services import SERVICES
from tests.support import readme
from tests.support.processes import INTERRUPTED, left_behind, millrace, running

pytestmark = [pytest.mark.broker, pytest.mark.timeout(400)]


def test_the_demo_ends_with_no_violation_although_workers_are_killed(tmp_path):
    code, words = millrace("demo", "--orders", 400, "--kills", 2, "--seed", 3, "--exit", TMPDIR=str(tmp_path))
    assert code == 0, words
    assert re.search(r"violations +0 of \d+ invariants", words)
    killed = re.findall(r"✗ (\w+) \(process (\d+)\) killed with SIGKILL", words)
    back = re.findall(r"↻ (\w+) is back \(process (\d+)\)", words)
    assert len(killed) == 2
    assert sorted(name for name, _ in killed) == sorted(name for name, _ in back)
    assert {pid for _, pid in killed}.isdisjoint(pid for _, pid in back)
    assert re.search(r"dead letters +[1-9]", words)
    assert re.search(r"order to shipped +p50 [\d,]+ ms, p99 [\d,]+ ms", words)
    assert left_behind(tmp_path) == []
    assert list(tmp_path.iterdir()) == []
    (shown,) = readme.blocks("text")
    assert {shape(line) for line in shown.splitlines()} <= {shape(line) for line in words.splitlines()}


def shape(line):
    """A line of the demo without what differs from run to run."""
    line = re.sub("|".join(SERVICES), "SERVICE", line)
    return re.sub(r"[\d,.]+", "N", re.sub(r" \(\d.*\)$", "", line))


@pytest.mark.parametrize("seconds", [1.0, 6.0, 20.0])
def test_ctrl_c_ends_the_demo_without_a_trace_of_it(tmp_path, seconds):
    folder, log = tmp_path / "tmp", tmp_path / "log"
    folder.mkdir()
    with running("demo", "--orders", 5000, "--exit", log=log, TMPDIR=str(folder)) as demo:
        time.sleep(seconds)
        demo.send_signal(signal.SIGINT)
        assert demo.wait(60) in INTERRUPTED
    assert "Traceback" not in log.read_text()
    assert left_behind(folder) == []
    assert list(folder.iterdir()) == []
