"""The command line: `millrace COMMAND`. One file a command; `app.py` puts them together and says what went wrong.

This module imports nothing heavy, so that Ctrl-C is heard from the first moment on.
"""

import signal
import sys
from types import FrameType
from typing import NoReturn

INTERRUPTED = 128 + signal.SIGINT
TERMINATED = 128 + signal.SIGTERM


def main() -> NoReturn:
    """What the console script `millrace` runs. Exits with 0, 1 (it went wrong), 2 (wrong usage), 130 (Ctrl-C)."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        from agents.cli.app import run  # noqa: PLC0415 -- loading takes a moment, in which Ctrl-C counts

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = INTERRUPTED
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # nothing is left to interrupt but the interpreter's own end
    sys.exit(code)


def _terminate(_number: int, _frame: FrameType | None) -> NoReturn:
    """SIGTERM unwinds the stack, so that whoever started processes ends them."""
    sys.exit(TERMINATED)
