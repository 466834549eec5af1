"""Final results, said once, as consequences of a window's end.

A result's cause is not the event that happened to move the watermark, which differs with the size of chunks, but the
end of its window: an instant of event time, named like the engine's timers. So a result is the same bytes whoever says
it. A timer at the next end closes windows when the stream is silent.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from streams.events.base import EPOCH, Event, Fact
from streams.rules.insights.desk import JOIN, Desk, note
from streams.rules.insights.measures import ALL, Measure, failed_attempts
from streams.rules.timers import Timer, subject
from streams.windows import Result

TICK_MS: Final = 1_000
"""Ends are waited for by the second: a timer for every millisecond would be a row for every session."""


def close(watermark: int, desk: Desk) -> Iterator[tuple[Event[Any], Fact]]:
    """What the watermark closes: facts with their causes. Asked at the end of every chunk."""
    for measure in ALL:
        for result in measure.windowed.advance(watermark, desk.windows[measure.name]):
            note(measure, result, desk)
    failed_attempts.advance(watermark, desk.windows[JOIN])
    for measure, result in desk.finals.values():
        yield end_of(measure.name, result), _result(measure, result)
    _wake(desk)


def on_timer(event: Event[Timer], desk: Desk) -> None:
    """Called for every timer that the insights rules set; that of a window's end has only to wake the agent."""
    match subject(event.data):
        case "order", order_id if order_id in desk.orders:
            del desk.orders[order_id]
        case "seen", key if key in desk.seen:
            del desk.seen[key]


def _result(measure: Measure, result: Result) -> Fact:
    start, end = result.window.start, result.window.end
    values = measure.values(result.value)
    return measure.says(window=measure.name, key=result.key, start=start, end=end, final=True, values=values)


def end_of(name: str, result: Result) -> Event[Timer]:
    """The end of a window, as the cause of its result."""
    end = result.window.end
    identity = f"insights-timer/{name}/{result.key}/{end}"
    moment = EPOCH + timedelta(milliseconds=end)
    return Event(event_id=identity, event_type="Timer", timestamp=moment, data=Timer(name, end))


def _wake(desk: Desk) -> None:
    """Ask to be called at the next end of a window, should the stream be silent by then."""
    ends = [measure.windowed.due(desk.windows[measure.name]) for measure in ALL]
    ends.append(failed_attempts.due(desk.windows[JOIN]))
    known = [end for end in ends if end is not None]
    if known:
        due = min(known)
        desk.timers.set("close", due + -due % TICK_MS)
