"""What every kind of window must be able to do with its rows.

Why: `windowed.py` handles grace, early and final results, and retention once for all kinds. A kind is a value
(`Tumbling(60_000)`) that makes its keeper; a keeper knows where its rows are and nothing else.

Words: `boundary` is the watermark less the grace: windows that end at or before it are closed. `mark` is the boundary
of the last closing. A row remembers the boundary at which it was touched last, for early results of what has changed.
The story continues in `hopping.py`, `session.py`, `sliding.py`.
"""

from collections.abc import Iterator
from typing import Any, Protocol

from streams.windows.aggregations import Aggregation
from streams.windows.results import Outcome, Total
from streams.windows.rows import Rows


class Keeper(Protocol):
    """The rows of one kind of window with one aggregation."""

    shares: bool
    """True when windows share rows, so that an event behind the boundary would get into one that has ended.

    What ends at or before the boundary is then closed before such an event is added.
    """

    def add(self, time: int, key: str, value: Any, rows: Rows[Any], boundary: int) -> Outcome:
        """Add an event to the windows that are still open, or say which window it missed."""
        ...

    def ripe(self, rows: Rows[Any], mark: int, boundary: int) -> bool:
        """True when a window may end after the mark and at or before the boundary. Cheap: asked once per chunk."""
        ...

    def due(self, rows: Rows[Any], mark: int) -> int | None:
        """The first boundary after the mark that makes `ripe` true; None: nothing is open."""
        ...

    def close(self, rows: Rows[Any], mark: int, boundary: int) -> Iterator[Total]:
        """The totals of the windows that end after the mark up to the boundary, by end and key.

        Deletes what no open window needs any more.
        """
        ...

    def around(self, time: int, key: str, rows: Rows[Any], boundary: int) -> Iterator[Total]:
        """The totals of this key's open windows that hold this time."""
        ...

    def touched(self, rows: Rows[Any], boundary: int, since: int) -> Iterator[Total]:
        """The totals of all open windows touched at this boundary or later, in any order."""
        ...

    def open(self, rows: Rows[Any], key: str, starts: range, boundary: int) -> Iterator[Total]:
        """The totals of this key's open windows that start at one of these times."""
        ...

    def ends(self, starts: range) -> range:
        """The ends that windows with these starts may have."""
        ...


class Kind(Protocol):
    """A kind of window: its sizes, in milliseconds."""

    def keep(self, aggregation: Aggregation[Any, Any, Any]) -> Keeper:
        """The keeper of such windows, aggregated so."""
        ...
