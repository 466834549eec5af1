"""Files that a user names, or standard input as `-`."""

import sys
from pathlib import Path

from agents.cli.errors import UserError


def content_of(file: str) -> bytes:
    """All of it. Raises UserError: it cannot be read."""
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise UserError(f"{file}: {error.strerror}") from error
