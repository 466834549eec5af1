"""`/windows/{name}`: what was measured of a key, window by window: closed ones while they are kept, and open ones.

An open window shows what is counted so far, and may still change; it is told apart by `final`. How windows are found
in rows: `streams/windows/windowed.py`; which there are: `streams/rules/insights/measures.py`.
"""

from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from streams.events.base import EPOCH, MILLISECOND
from streams.rules.insights.measures import ALL, Measure
from streams.rules.timers import DAY_MS
from streams.windows import BEGINNING, Result
from tables.insights import windows as tables
from tables.views.answers import Answer
from tables.views.asking import Looking
from tables.views.documents import refusals
from tables.views.problems import NoSuchRowError

router = APIRouter(tags=["windows"])

MEASURES: Final = {measure.name: measure for measure in ALL}


class WindowOfKey(Answer):
    """One window; `start` is in it, `end` is not."""

    start: datetime
    end: datetime
    final: bool
    values: dict[str, int | float]


class WindowsOfKey(Answer):
    """The windows of a key: closed, then open ones, each by their end."""

    window: str
    key: str
    windows: list[WindowOfKey]


@router.get("/windows", responses=refusals())
async def list_windows() -> list[str]:
    """The names of all windows."""
    return list(MEASURES)


@router.get("/windows/{name}", responses=refusals(400, 404, 504))
async def windows_of_key(
    name: str,
    key: Annotated[str, Query(description="a product, customer or card; `all` for what the whole shop shares")],
    look: Looking,
    low: Annotated[AwareDatetime | None, Query(alias="from", description="windows that start from here on")] = None,
    high: Annotated[AwareDatetime | None, Query(alias="to", description="windows that start before")] = None,
) -> WindowsOfKey:
    """What was measured of a key. Without times: all that is kept, and what is open."""
    measure = MEASURES.get(name)
    if measure is None:
        raise NoSuchRowError(f"there is no window {name!r}; there are {', '.join(MEASURES)}")
    rows = await look.rows(tables[name], key)
    starts = stretch(measure, measure.windowed.closed(rows), milliseconds(low), milliseconds(high))
    results = measure.windowed.read(rows, key, starts.start, starts.stop)
    return WindowsOfKey(window=name, key=key, windows=[_shown(measure, result) for result in results])


def stretch(measure: Measure, closed: int, low: int | None, high: int | None) -> range:
    """The starts to look for, in milliseconds: no further back than windows are kept, nor ahead than a day."""
    if closed == BEGINNING and (low is None or high is None):
        closed = high if high is not None else low if low is not None else closed
    kept = max(DAY_MS, measure.windowed.retention_ms)
    until = closed + DAY_MS if high is None else high
    return range(max(until - kept - DAY_MS, BEGINNING if low is None else low), until)


def milliseconds(moment: datetime | None) -> int | None:
    """Event time of a parameter."""
    return None if moment is None else (moment - EPOCH) // MILLISECOND


def _shown(measure: Measure, result: Result) -> WindowOfKey:
    start, end = (EPOCH + time * MILLISECOND for time in (result.window.start, result.window.end))
    return WindowOfKey(start=start, end=end, final=result.phase == "final", values=measure.values(result.value))
