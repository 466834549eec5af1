"""The jars are those that were pinned: fetched once, by one process, and again when one is damaged.

No network here: the fake repository copies from the cache that `make setup` has filled.
"""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from streams.broker import BrokerError, jars
from streams.broker.jars import class_path, locked_jars
from streams.broker.lock import COORDINATES
from streams.settings import Settings


class FakeMaven:
    """Answers like jgo's MavenContext, from the real cache, and counts."""

    def __init__(self, source):
        self.source, self.fetched, self.spoil, self.error = source, [], None, None

    def __call__(self, repo_cache, **_options):
        self.target = repo_cache
        return self

    def project(self, group, artifact):
        self.wanted = next(jar for jar in locked_jars() if (jar.group, jar.artifact) == (group, artifact))
        return self

    def at_version(self, version):
        assert self.wanted.version == version
        return self

    def artifact(self):
        return self

    def resolve(self):
        if self.error:
            raise self.error
        path = self.wanted.path(self.target)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.wanted.path(self.source), path)
        if self.wanted.artifact == self.spoil:
            path.write_bytes(b"something else")
        self.fetched.append(self.wanted.artifact)


@pytest.fixture
def maven(monkeypatch):
    cache = Settings.load().local.cache
    class_path(cache)
    fake = FakeMaven(cache / "maven")
    monkeypatch.setattr(jars, "MavenContext", fake)
    return fake


def test_every_jar_is_fetched_once_however_many_processes_want_it(maven, tmp_path):
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(class_path, [tmp_path, tmp_path])
    assert first == second
    assert sorted(maven.fetched) == sorted(jar.artifact for jar in locked_jars())
    assert all(Path(part).exists() for part in first.split(":"))


def test_what_is_missing_or_damaged_is_fetched_again_and_nothing_else(maven, tmp_path):
    class_path(tmp_path)
    maven.fetched.clear()
    missing, damaged = locked_jars()[:2]
    missing.path(tmp_path / "maven").unlink()
    with damaged.path(tmp_path / "maven").open("ab") as jar:
        jar.write(b"!")
    class_path(tmp_path)
    assert maven.fetched == [missing.artifact, damaged.artifact]


def test_a_jar_that_is_not_the_pinned_one_is_refused_and_not_kept(maven, tmp_path):
    maven.spoil = "kafka-clients"
    with pytest.raises(BrokerError, match=r"kafka-clients 4\.3\.1 was fetched, but it is not the file"):
        class_path(tmp_path)
    maven.spoil = None
    assert "kafka-clients-4.3.1.jar" in class_path(tmp_path)


def test_without_a_network_the_jar_and_the_reason_are_named(maven, tmp_path):
    maven.error = ConnectionError("no route to host")
    with pytest.raises(BrokerError, match=r"cannot fetch .*: no route to host"):
        class_path(tmp_path)


def test_a_cache_that_cannot_be_written_is_named(maven, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BrokerError, match=r"cannot write to the cache .*MILLRACE_CACHE"):
        class_path(tmp_path / "file")


def test_the_lock_holds_what_is_asked_for():
    pinned = {f"{jar.group}:{jar.artifact}:{jar.version}" for jar in locked_jars()}
    assert set(COORDINATES) <= pinned
