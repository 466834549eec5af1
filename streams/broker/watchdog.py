"""Starts Java and ends it when the parent is gone, however it went: the parent holds the other end of standard input.

Run by node.py as a script of its own, one beside each Java process, with the standard library only. A pipe works on
macOS too and, unlike a death signal, does not care which thread started it. The one exception: a parent that *forked*
(without exec) leaves the pipe to that child, and Kafka then ends with the child.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

# How long an orphaned Kafka may take to close its files before it is killed.
GRACE_S = 5


def main(remove: str, command: list[str]) -> int:
    """Run `command`, print its pid, return its exit code. If orphaned, delete the folder `remove`, unless it is ""."""
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")
    orphaned = threading.Event()
    threading.Thread(target=end_with_parent, args=(child, orphaned), daemon=True).start()
    with contextlib.suppress(BrokenPipeError):
        print(child.pid, flush=True)  # noqa: T201 (node.py reads it)
    code = child.wait()
    if orphaned.is_set() and remove:
        shutil.rmtree(remove, ignore_errors=True)
    return code


def end_with_parent(child: "subprocess.Popen[bytes]", orphaned: threading.Event) -> None:
    """Wait for the end of standard input, then stop the child: politely (it may be frozen), and then by force."""
    sys.stdin.buffer.read()
    orphaned.set()
    for sign in (signal.SIGCONT, signal.SIGTERM):
        child.send_signal(sign)
    time.sleep(GRACE_S)
    child.kill()


if __name__ == "__main__":
    code = main(sys.argv[1], sys.argv[2:])
    sys.stderr.flush()
    os._exit(code if code >= 0 else 128 - code)  # the watching thread must not hold up the end
