"""Fetches Kafka's jars once, into the user's cache, and checks every one of them against jars.lock at each start.

The lock (see lock.py) names each jar and its SHA-256, so an interrupted fetch, a damaged disk and a changed download
all look the same: a jar that does not match, which is fetched again. When all match, no network is needed.
"""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jgo.maven import MavenContext
from rich.console import Console
from rich.progress import track

from streams.broker.errors import BrokerError
from streams.broker.lock import LOCK

# A slow link may take this long to answer; the progress bar shows that something is happening.
NETWORK_TIMEOUT_S = 60


@dataclass(frozen=True)
class Jar:
    """One line of the lock: Maven coordinates and the SHA-256 of the file in hexadecimal."""

    group: str
    artifact: str
    version: str
    sha256: str

    def path(self, repository: Path) -> Path:
        """Where Maven's layout puts it."""
        folder = repository.joinpath(*self.group.split("."), self.artifact, self.version)
        return folder / f"{self.artifact}-{self.version}.jar"

    def intact(self, repository: Path) -> bool:
        """True when the file is there and is the one that was pinned."""
        path = self.path(repository)
        return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == self.sha256


def locked_jars(lock: Path = LOCK) -> list[Jar]:
    """Every jar of the class path, in the lock's order."""
    return [Jar(*line.replace(" ", ":").split(":")) for line in lock.read_text().splitlines()]


def class_path(cache: Path, lock: Path = LOCK, name: str = "Apache Kafka") -> str:
    """Java's class path for what a lock pins; what `cache` lacks is fetched first.

    Args:
        cache: the folder of all that is fetched once.
        lock: names the jars. The embedded Kafka's; benchmarks have others.
        name: of the whole, for the user who waits for it.

    Raises:
        BrokerError: it cannot be fetched, or is not what the lock pins.
    """
    repository = cache / "maven"
    jars = locked_jars(lock)
    if not all(jar.intact(repository) for jar in jars):
        with _only_one(cache):
            _fetch([jar for jar in jars if not jar.intact(repository)], repository, name)
    return ":".join(str(jar.path(repository)) for jar in jars)


@contextmanager
def _only_one(cache: Path) -> Iterator[None]:
    """Two processes that both find the cache empty take turns; the second finds it full."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        lock = (cache / "fetch.lock").open("w")
    except OSError as error:
        msg = (
            f"cannot write to the cache {cache}: {error.strerror}. Set MILLRACE_CACHE to a folder that can be written."
        )
        raise BrokerError(msg) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch(jars: list[Jar], repository: Path, name: str) -> None:
    maven = MavenContext(repo_cache=repository, local_repos=[], timeout=NETWORK_TIMEOUT_S)
    console = Console(stderr=True)
    if not console.is_terminal and jars:
        console.print(f"Fetching {name} once: {len(jars)} jars into {repository}", soft_wrap=True)
    progress = track(jars, f"Fetching {name} once", console=console, transient=True, disable=not console.is_terminal)
    for jar in progress:
        _fetch_one(jar, maven, repository)


def _fetch_one(jar: Jar, maven: MavenContext, repository: Path) -> None:
    jar.path(repository).unlink(missing_ok=True)
    try:
        maven.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
    except Exception as error:  # jgo raises what requests, the file system and its own resolver raise
        msg = f"cannot fetch {jar.artifact} {jar.version}: {error}. The first start needs the network; run it again."
        raise BrokerError(msg) from error
    if not jar.intact(repository):
        jar.path(repository).unlink(missing_ok=True)
        msg = f"{jar.artifact} {jar.version} was fetched, but it is not the file that Millrace pins. Nothing was run."
        raise BrokerError(msg)
