"""The command line: `millrace COMMAND`. One file a command; `app.py` puts them together and says what went wrong.

This module imports nothing that takes time, so that Ctrl-C is heard, and not traced, from the first moment on.
"""

import os
import signal
import sys

TYPE_CHECKING = False  # that of `typing` takes a moment to import
if TYPE_CHECKING:
    from typing import NoReturn

INTERRUPTED = 130
"""The exit code that shells expect after Ctrl-C: 128 and the number of SIGINT."""


def main() -> "NoReturn":
    """What the console script `millrace` runs. Exits with 0, 1 (it went wrong), 2 (wrong usage) or 130 (Ctrl-C)."""
    heard = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # not in the background of a shell
    if heard:
        signal.signal(signal.SIGINT, _end_at_once)
    from agents.cli.app import loaded, run_as_process  # noqa: PLC0415 -- loading takes a moment, in which Ctrl-C counts

    app = loaded(sys.argv[1:])
    try:
        if heard:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        code = run_as_process(app, sys.argv[1:])
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.exit(code)


def _end_at_once(*_signal: object) -> "NoReturn":
    """While modules are loaded nothing is under way yet, and an exception may be lost: turned into another by a module,
    or raised in a callback of the import system, which only prints it.
    """
    os._exit(INTERRUPTED)
