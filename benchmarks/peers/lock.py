"""Pins the peers: their Python packages with hashes, and the jars of Kafka Streams and of a Java compiler.

    python -m benchmarks.peers.lock

Run by `make lock`. `benchmarks/engines/` installs what is pinned here, each peer in a place of its own.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from streams.broker.lock import write_lock

HERE: Final = Path(__file__).parent
PYTHON_PEERS: Final = ("quix", "bytewax", "faust")
TOOLS: Final = ("py-spy",)
STREAMS_LOCK: Final = HERE / "kafka-streams.lock"
COMPILER_LOCK: Final = HERE / "compiler.lock"

# Kafka Streams 4.3 leaves the choice of a JSON library to its user: Jackson, as in Kafka itself.
STREAMS: Final = (
    "org.apache.kafka:kafka-streams:4.3.1",
    "com.fasterxml.jackson.core:jackson-databind:2.21.2",
    "org.slf4j:slf4j-simple:1.7.36",
)
COMPILER: Final = ("org.eclipse.jdt:ecj:3.43.0",)  # needs a Java runtime only, where javac needs a JDK
COMPILE: Final = (
    *("uv", "pip", "compile", "--quiet", "--generate-hashes", "--no-header", "--no-emit-index-url"),
    *("--no-emit-find-links", "--universal", "--python-version", "3.11"),
)


def main() -> None:
    for peer in (*PYTHON_PEERS, *TOOLS):
        command = [sys.executable, "-m", *COMPILE, "requirements.in", "-o", "requirements.txt"]
        subprocess.run(command, check=True, cwd=HERE / peer)
    write_lock(STREAMS, STREAMS_LOCK)
    write_lock(COMPILER, COMPILER_LOCK)


if __name__ == "__main__":
    main()
