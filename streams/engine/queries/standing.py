"""Where a worker stands: whether it serves, and how far behind the topics its rows are.

The position of a source partition is the next offset whose effects are not in the rows yet. It comes from the committer
and moves after the rows are in the store, so whoever waits for a position reads its own writes.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from aiokafka.structs import TopicPartition

from streams.engine.committer import NO_SESSION
from streams.engine.queries.errors import NotServingError, TooLateError, UnreadablePositionError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.engine.app import ServiceApp
    from streams.engine.service import Topic

POLL_SECONDS = 0.01  # between two looks at a position: a commit takes about that long, and no commit pays for a waiter
WAIT_SECONDS = 5.0  # how long one waits for a position: well above a commit, below the patience of a client


class Position(NamedTuple):
    """A place in a source partition."""

    topic: str
    partition: int
    offset: int

    @classmethod
    def read(cls, text: str) -> Position:
        """Read `topic:partition:offset`. Raises UnreadablePositionError."""
        topic, *numbers = text.split(":")
        if not topic or len(numbers) != 2 or not all(number.isascii() and number.isdigit() for number in numbers):
            raise UnreadablePositionError(f"{text!r} is not a position: write topic:partition:offset, as orders:2:17")
        return cls(topic, *map(int, numbers))

    def __str__(self) -> str:
        return f"{self.topic}:{self.partition}:{self.offset}"


class Counted(NamedTuple):
    """What a worker has done since it started."""

    records: int = 0  # of source topics, committed
    transactions: int = 0
    dead_letters: int = 0
    skipped: int = 0  # records of a type that their topic does not know
    commit_seconds: float = 0.0  # spent on committing
    recovered_records: int = 0  # of the changelog


class Standing:
    """What an app says about itself, at any time of its life."""

    def __init__(self, app: ServiceApp) -> None:
        self._app = app

    def why_not(self) -> str | None:
        """Why no rows can be shown; None: they can."""
        app = self._app
        if app.failure is not None:
            return f"{app.service.name} has failed: {app.failure}"
        if not hasattr(app, "committer"):
            return f"{app.service.name} is starting"
        if app.committer.session == NO_SESSION:
            return f"{app.service.name} is being given its partitions, or recovers their rows"
        return None

    def session(self) -> int:
        """The number of the session that serves. Raises NotServingError: none does."""
        reason = self.why_not()
        if reason is not None:
            raise NotServingError(f"{reason}; ask again in a moment")
        return self._app.committer.session

    def counted(self) -> Counted:
        """The engine's counters; all 0 before it has started."""
        made = getattr(self._app, "committer", None)
        if made is None:
            return Counted()
        return Counted(
            made.committed_records,
            made.transactions,
            made.dead_letters,
            made.skipped,
            made.commit_seconds,
            self._app.recovered_records,
        )

    def positions(self, partition: int) -> list[Position]:
        """The next offset of each source partition that feeds these rows; those unknown yet are left out."""
        committed = self._app.committer.committed
        sources = ((topic.name, committed.get(TopicPartition(topic.name, partition))) for topic in self._sources())
        return [Position(name, partition, offset) for name, offset in sources if offset is not None]

    def lag(self, topic: str, partition: int) -> int | None:
        """Offsets between the rows and the end of a source partition, transaction markers among them; None: unknown."""
        tp = TopicPartition(topic, partition)
        committed = self._app.committer.committed.get(tp)
        try:
            end = self._app.consumer.highwater(tp)
        except (AssertionError, AttributeError, KeyError):  # aiokafka's words for a partition that is not assigned now
            return None
        return None if committed is None or end is None else max(end - committed, 0)

    def behind(self, partitions: Iterable[int]) -> int | None:
        """Offsets that these rows are behind all their sources, together; None: not known of every source."""
        lags = [self.lag(topic.name, partition) for partition in partitions for topic in self._sources()]
        return None if None in lags else sum(lag for lag in lags if lag is not None)

    async def reach(self, wanted: Position) -> None:
        """Return once the rows hold what the record at this position did.

        Raises:
            UnreadablePositionError: the service does not read that topic or partition.
            TooLateError: not within WAIT_SECONDS.
            NotServingError: the partition went elsewhere meanwhile.
        """
        topic, partition, offset = wanted
        if topic not in {source.name for source in self._sources()} or partition >= self._app.service.partitions:
            raise UnreadablePositionError(f"{self._app.service.name} does not read {topic} partition {partition}")
        session, source = self.session(), TopicPartition(topic, partition)
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while self._app.committer.committed.get(source, -1) <= offset:
                    await asyncio.sleep(POLL_SECONDS)
                    self._still(session)
        except TimeoutError:
            raise TooLateError(f"{wanted} was not reached within {WAIT_SECONDS:g} s; ask again") from None

    def _still(self, session: int) -> None:
        if self.session() != session:
            raise NotServingError("the partitions were handed over meanwhile; ask again in a moment")

    def _sources(self) -> Iterable[Topic]:
        return self._app.service.reads
