"""Pins the embedded Kafka: resolves its Maven coordinates and writes every jar's coordinates and SHA-256 to jars.lock.

Run by `make lock`. A user's process only reads the lock: see jars.py.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import jgo
from jgo.maven import MavenContext

LOCK = Path(__file__).with_name("jars.lock")

# slf4j-simple sends Kafka's warnings to standard error, whose last lines explain a failed start.
COORDINATES = ("org.apache.kafka:kafka_2.13:4.3.1", "org.slf4j:slf4j-simple:1.7.36")


def write_lock(coordinates: Iterable[str] = COORDINATES, lock: Path = LOCK) -> None:
    """Write one line a jar, `group:artifact:version sha256`, sorted. Downloads each jar to a folder for the moment."""
    with TemporaryDirectory() as folder:
        context = MavenContext(repo_cache=Path(folder), local_repos=[])
        resolved = jgo.resolve("+".join(coordinates))
        artifacts = [context.project(a.groupId, a.artifactId).at_version(a.version).artifact() for a in resolved]
        lines = [f"{a.component} {hashlib.sha256(a.resolve().read_bytes()).hexdigest()}\n" for a in artifacts]
    lock.write_text("".join(sorted(lines)))
