"""`millrace` as a user runs it: a process, its words, its exit code, and what it leaves behind."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
MILLRACE = [sys.executable, "-m", "agents.cli"]
PATIENCE_SECONDS = 300
INTERRUPTED = (130, -signal.SIGINT)
"""What a shell calls 130: said by Millrace, or by the system while Python itself is only starting."""


def environment(**variables):
    """Nothing of Millrace's but `variables`; a wide terminal that nobody watches."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("MILLRACE_")}
    cache = {name: value for name, value in os.environ.items() if name == "MILLRACE_CACHE"}
    return {**own, **cache, "COLUMNS": "160", "PYTHONPATH": str(ROOT), **variables}


def millrace(*arguments, stdin="", cwd=ROOT, **variables):
    """Run a command to its end: (exit code, everything it said)."""
    ended = subprocess.run(
        [*MILLRACE, *map(str, arguments)],
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=cwd,
        env=environment(**variables),
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    return ended.returncode, ended.stdout


@contextmanager
def running(*arguments, log, cwd=ROOT, **variables):
    """A command that runs on; it is asked to end when the block ends, and made to if it does not."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*MILLRACE, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=cwd,
            env=environment(**variables),
        )
    try:
        yield process
        process.terminate()
        process.wait(PATIENCE_SECONDS)
    finally:
        process.kill()
        process.wait()


def left_behind(mark):
    """Command lines of living processes in which `mark` stands: give them a folder of the test's own."""
    listed = subprocess.run(["ps", "-ww", "-eo", "stat,args"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return [line for line in listed.splitlines() if str(mark) in line and not line.startswith("Z")]
