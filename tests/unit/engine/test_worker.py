"""How a worker's process ends: at a signal, at a failure, and when what it waits for never comes."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from streams.engine import worker
from streams.engine.config import EngineConfig

PATIENCE_S = 60


class StubApp:
    """What `worker.run` touches of an app."""

    class service:  # noqa: N801 -- an attribute of the real one
        name = "stub"

    def __init__(self, *, start=None):
        self.failure, self.crash_reason, self._crashed = None, None, asyncio.Event()
        self._start, self.told = start, []
        self.on_failure = None

    def configure(self, _config):
        self.told.append("configured")

    async def start(self):
        self.told.append("started")
        if self._start is not None:
            try:
                await self._start()
            except asyncio.CancelledError:
                self.told.append("start given up")
                raise

    async def stop(self):
        self.told.append("stopped")

    async def close(self):
        self.told.append("closed")

    def fail(self, error):
        self.failure = error


def signal_soon(number=signal.SIGTERM):
    asyncio.get_running_loop().call_later(0.02, os.kill, os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_in_order_with_code_0(number):
    app = StubApp()
    signal_soon(number)
    assert await worker.run(app, EngineConfig({})) == 0
    assert app.told == ["configured", "started", "stopped", "closed"]


async def test_a_signal_during_the_start_gives_the_start_up_before_it_stops():
    app = StubApp(start=lambda: asyncio.sleep(PATIENCE_S))
    signal_soon()
    assert await worker.run(app, EngineConfig({})) == 0
    assert app.told == ["configured", "started", "start given up", "stopped", "closed"]


def run_in_a_process(body):
    """Exit code, seconds and last words of a process that runs `body` as a worker's script."""
    script = "import asyncio, logging, time\nfrom streams.engine import worker\n" + textwrap.dedent(body)
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    return done.returncode, time.monotonic() - began, done.stderr


STUB = """
from streams.engine.config import EngineConfig
from tests.unit.engine.test_worker import StubApp, signal_soon
async def main(app):
    signal_soon()
    return await worker.run(app, EngineConfig({}))
"""


def test_a_failure_ends_the_process_with_code_1_and_its_message():
    code, _, words = run_in_a_process(
        STUB
        + """
async def broken():
    raise RuntimeError("the broker is on fire")
asyncio.run(worker.run(StubApp(start=broken), EngineConfig({})))
raise SystemExit(7)  # not reached: nothing runs on state that is known to be wrong
"""
    )
    assert (code, words.strip().splitlines()[-1]) == (1, "stub ends: RuntimeError: the broker is on fire")


def test_a_stop_that_hangs_is_given_up():
    code, _, words = run_in_a_process(
        STUB
        + """
worker.STOP_SECONDS = 0.2
class Slow(StubApp):
    async def stop(self):
        await asyncio.sleep(60)
raise SystemExit(asyncio.run(main(Slow())))
"""
    )
    assert code == 0
    assert "did not stop" in words


def test_a_stop_that_blocks_the_loop_is_ended_by_force():
    code, _, words = run_in_a_process(
        STUB
        + """
worker.FORCE_SECONDS = 0.2
class Stuck(StubApp):
    async def stop(self):
        time.sleep(60)
raise SystemExit(asyncio.run(main(Stuck())))
"""
    )
    assert code == 1
    assert "by force" in words


def test_a_thread_that_stays_behind_a_given_up_stop_does_not_keep_the_process():
    code, _, _ = run_in_a_process(
        STUB
        + """
import threading
worker.STOP_SECONDS, worker.FORCE_SECONDS = 0.1, 0.5
class Threaded(StubApp):
    async def stop(self):
        threading.Thread(target=time.sleep, args=(60,)).start()
        await asyncio.sleep(60)
raise SystemExit(asyncio.run(main(Threaded())))
"""
    )
    assert code == 1
