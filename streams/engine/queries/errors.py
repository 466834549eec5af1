"""Why a question has no answer; each message is a sentence for the one who asked.

None of them harms the worker: they end a request, never the process (`streams/engine/errors.py` has those that do).
"""


class QueryError(Exception):
    """A question that cannot be answered here and now."""


class UnknownTableError(QueryError):
    """The service remembers no table of that name."""


class UnreadablePositionError(QueryError):
    """A position that is not `topic:partition:offset`, or that this service does not read."""


class NotServingError(QueryError):
    """The worker, or whoever should own the partition, has no rows to show at the moment. Ask again."""


class OwnedElsewhereError(QueryError):
    """Another worker owns the partition."""

    def __init__(self, partition: int, url: str) -> None:
        super().__init__(f"partition {partition} is served at {url}")
        self.partition, self.url = partition, url


class PeerUnavailableError(QueryError):
    """Another worker did not answer, or not with what was asked for."""


class TooLateError(QueryError):
    """A position that was waited for was not reached in time."""
