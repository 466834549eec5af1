"""Questions about committed rows, asked of any worker of a service.

A key belongs to a partition, a partition to one worker at a time. `standing.py` says whether this worker serves and how
far it is, `local.py` reads the rows that are its own, `peers.py` knows who has the others and asks them over HTTP. What
is answered is committed: rows reach the store only after their transaction. `tables/views` turns this into web pages.
"""

from streams.engine.queries.errors import (
    NotServingError,
    OwnedElsewhereError,
    PeerUnavailableError,
    QueryError,
    TooLateError,
    UnknownTableError,
    UnreadablePositionError,
)
from streams.engine.queries.local import Found, Local, StoredRows, merged
from streams.engine.queries.peers import Answer, Peers
from streams.engine.queries.standing import Position, Standing

__all__ = [
    "Answer",
    "Found",
    "Local",
    "NotServingError",
    "OwnedElsewhereError",
    "PeerUnavailableError",
    "Peers",
    "Position",
    "QueryError",
    "Standing",
    "StoredRows",
    "TooLateError",
    "UnknownTableError",
    "UnreadablePositionError",
    "merged",
]
