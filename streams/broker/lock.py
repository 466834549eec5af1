"""Pins the embedded Kafka: resolves its Maven coordinates and writes every jar's coordinates and SHA-256 to jars.lock.

Run by `make lock` as `python -m streams.broker.lock`. A user's process only reads the lock: see jars.py.
"""

import hashlib
from pathlib import Path
from tempfile import TemporaryDirectory

import jgo
from jgo.maven import MavenContext

LOCK = Path(__file__).with_name("jars.lock")

# slf4j-simple sends Kafka's warnings to standard error, whose last lines explain a failed start.
COORDINATES = ("org.apache.kafka:kafka_2.13:4.3.1", "org.slf4j:slf4j-simple:1.7.36")


def lines() -> list[str]:
    """One line a jar, `group:artifact:version sha256`, sorted; downloads each jar to a folder that is thrown away."""
    with TemporaryDirectory() as folder:
        context = MavenContext(repo_cache=Path(folder), local_repos=[])
        resolved = jgo.resolve("+".join(COORDINATES))
        artifacts = [context.project(a.groupId, a.artifactId).at_version(a.version).artifact() for a in resolved]
        return sorted(f"{a.component} {hashlib.sha256(a.resolve().read_bytes()).hexdigest()}" for a in artifacts)


if __name__ == "__main__":
    LOCK.write_text("\n".join(lines()) + "\n")
