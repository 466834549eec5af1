"""A Python peer in a virtual environment of its own, with pinned packages, made when it is first asked for."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from streams.broker import BrokerError

if TYPE_CHECKING:
    from collections.abc import Callable

PEERS: Final = Path(__file__).parents[1] / "peers"
PIP: Final = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r")


def in_own_environment(peer: str) -> Callable[[Path], list[str]]:
    """How to prepare the peer of that name."""

    def prepare(cache: Path) -> list[str]:
        return [str(environment(peer, cache)), str(PEERS / peer / "keyed_count.py")]

    return prepare


def environment(peer: str, cache: Path) -> Path:
    """The interpreter of the peer's environment. Raises BrokerError: it cannot be made."""
    requirements = PEERS / peer / "requirements.txt"
    digest = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = cache / "peers" / f"{peer}-{digest}"
    ready, python = folder / "ready", folder / "bin" / "python"
    if not ready.exists():
        print(f"Installing {peer} once, into {folder}", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(folder)], peer)
        _run([str(python), *PIP, str(requirements)], peer)
        ready.touch()  # last, so that an interrupted installation is done again
    return python


def _run(command: list[str], peer: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BrokerError(f"cannot install {peer}: {done.stderr.strip()}")


def in_this_environment(*program: str) -> Callable[[Path], list[str]]:
    """How to prepare a program that needs what Millrace needs."""

    def prepare(_cache: Path) -> list[str]:
        return [sys.executable, *program]

    return prepare
