"""What dies is started anew, what is stopped ends in order, and nobody outlives the supervisor."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import textwrap

import pytest

from agents.supervisor import WRONG_USAGE, Child, Supervisor

PYTHON = [sys.executable, "-c"]
FOREVER = "import time\ntime.sleep(600)"
ORDERLY = """
import signal, sys, time
def leave(*_):
    print("left in order", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
print("ready", flush=True)
time.sleep(600)
"""


async def until(true):
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110 -- processes set no events
            await asyncio.sleep(0.02)


def gone(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return False
    return True


async def test_a_child_that_is_killed_is_started_anew():
    told: list[str] = []
    async with Supervisor(told.append) as supervisor:
        supervisor.keep(child := Child("worker", [*PYTHON, FOREVER]))
        await until(lambda: child.pid)
        first = supervisor.kill("worker")
        await until(lambda: child.starts == 2 and child.pid)
        assert child.pid != first
    assert told == ["worker was ended by SIGKILL; it is started again in 0.2 s"]


async def test_a_child_that_dies_young_is_given_more_time_each_time():
    told: list[str] = []
    async with Supervisor(told.append) as supervisor:
        supervisor.keep(child := Child("worker", [*PYTHON, "raise SystemExit(1)"]))
        await until(lambda: child.starts == 3)
    assert told[:2] == [
        "worker ended with exit code 1; it is started again in 0.2 s",
        "worker ended with exit code 1; it is started again in 0.4 s",
    ]


async def test_a_child_that_has_lived_for_a_while_is_given_a_short_pause_every_time(monkeypatch):
    monkeypatch.setattr("agents.supervisor.GROWN_UP_SECONDS", 0.0)
    told = []
    async with Supervisor(told.append) as supervisor:
        supervisor.keep(child := Child("worker", [*PYTHON, "raise SystemExit(1)"]))
        await until(lambda: child.starts == 3)
    assert told[:2] == ["worker ended with exit code 1; it is started again in 0.2 s"] * 2


async def test_a_child_that_was_told_wrong_is_not_started_again():
    async with Supervisor(lambda _words: None) as supervisor:
        supervisor.keep(child := Child("worker", [*PYTHON, f"raise SystemExit({WRONG_USAGE})"]))
        assert await supervisor.wait() == WRONG_USAGE
    assert child.starts == 1


async def test_a_program_that_is_not_there_is_an_error_and_not_a_loop():
    async with Supervisor(lambda _words: None) as supervisor:
        supervisor.keep(Child("worker", ["/nowhere/to/be/found"]))
        with pytest.raises(FileNotFoundError):
            await supervisor.wait()


async def test_stopping_gives_children_time_to_end_in_order(tmp_path):
    log = tmp_path / "log"
    async with Supervisor(lambda _words: None) as supervisor:
        supervisor.keep(child := Child("worker", [*PYTHON, ORDERLY], output=log))
        await until(lambda: log.exists() and "ready" in log.read_text())
        pid = child.pid
    assert log.read_text().split() == ["ready", "left", "in", "order"]
    assert gone(pid)


async def test_a_child_that_will_not_end_is_killed(monkeypatch):
    monkeypatch.setattr("agents.supervisor.STOP_SECONDS", 0.3)
    stubborn = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(600)"
    async with Supervisor(lambda _words: None) as supervisor:
        supervisor.keep(child := Child("worker", [*PYTHON, stubborn]))
        await until(lambda: child.pid)
        await asyncio.sleep(0.5)  # it needs a moment to become stubborn
        pid = child.pid
    await until(lambda: gone(pid))


async def test_what_is_not_running_cannot_be_killed():
    async with Supervisor(lambda _words: None) as supervisor:
        supervisor.keep(Child("worker", [*PYTHON, FOREVER]))
        with pytest.raises(ProcessLookupError, match="worker does not run"):
            supervisor.kill("worker")


def test_children_end_when_the_supervisor_is_killed(tmp_path):
    """The supervisor is a process of its own here, and has no chance to clean up."""
    pids = tmp_path / "pid"
    worker = f"""
        import os, pathlib, time
        from agents.supervisor import end_with_parent
        end_with_parent()
        pathlib.Path({str(pids)!r}).write_text(str(os.getpid()))
        time.sleep(600)
    """
    program = f"""
        import asyncio, sys
        from agents.supervisor import Child, Supervisor
        async def main():
            async with Supervisor(print) as supervisor:
                supervisor.keep(Child("worker", [sys.executable, "-c", {textwrap.dedent(worker)!r}]))
                await supervisor.wait()
        asyncio.run(main())
    """
    with subprocess.Popen([*PYTHON, textwrap.dedent(program)]) as parent:

        async def story():
            await until(lambda: pids.exists() and pids.read_text())
            parent.send_signal(signal.SIGKILL)
            await until(lambda: gone(int(pids.read_text())))

        asyncio.run(story())
