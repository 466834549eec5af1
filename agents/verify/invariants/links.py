"""Every derived event says where it comes from, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agents.verify.history import History
    from agents.verify.report import Check


def derived_events_are_readable(history: History, check: Check) -> None:
    """Every record on a derived topic is an event."""
    check.checked = history.links.derived + len(history.garbled)
    for place in history.garbled:
        check.wrong(place, "no event")


def ids_follow_from_causes(history: History, check: Check) -> None:
    """Every derived event has a timestamp, a causation_id, and the id `<causation_id>/<type>/<n>`."""
    check.checked = history.links.derived
    for place, fault in history.links.anonymous:
        check.wrong(place, fault)


def causes_exist(history: History, check: Check) -> None:
    """Every causation_id leads to an event on some topic, or to a timer."""
    check.checked = history.links.derived
    for cause, event_id in history.links.orphans():
        check.missing(event_id, f"its cause {cause} is nowhere")


def event_ids_are_unique(history: History, check: Check) -> None:
    """No derived event is there twice, unless its cause was."""
    check.checked = history.links.derived
    for event_id, records in history.links.surplus():
        check.wrong(event_id, f"on {records} records")


def keys_are_the_topics(history: History, check: Check) -> None:
    """Every derived event lies under the key of its topic, so that its order is kept."""
    check.checked = history.links.derived
    for place, fault in history.links.misplaced:
        check.wrong(place, fault)
