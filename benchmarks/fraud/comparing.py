"""What the fraud service said on Kafka, beside what its rules say offline. Who asks: `live.py`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from agents.fraud import AT_THE_CARD, AT_THE_TERMINAL
from benchmarks.fraud.desks import Desks
from streams import topics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from agents.verify.record import Record
    from streams.events.base import Event
    from streams.topics import Topic

RULES: Final = {kind.__name__: rule for rules in (AT_THE_CARD, AT_THE_TERMINAL) for kind, rule in rules.items()}


def facts(events: Iterable[Event[Any]], desk_of: Callable[[Event[Any]], Any]) -> dict[str, Any]:
    """What the rules make of events in this order: facts by the id that the engine gives them."""
    found: dict[str, Any] = {}
    for event in events:
        counts: Counter[str] = Counter()
        for fact in RULES[event.event_type](event, desk_of(event)) or ():
            kind = type(fact).__name__
            found[f"{event.event_id}/{kind}/{counts[kind]}"] = fact
            counts[kind] += 1
    return found


def decoded(topic: Topic, records: Sequence[Record]) -> list[tuple[int, Event[Any]]]:
    """Events with their partition. Raises what could not be read."""
    events = topic.read(0, records)
    for event in events:
        if isinstance(event, Exception):
            raise event
    return [(record.position.partition, event) for record, event in zip(records, events, strict=True)]


def compared(what: str, said: Sequence[tuple[int, Event[Any]]], expected: Mapping[str, Any]) -> bool:
    """Print how many facts are the same, and say whether all are, each once."""
    heard = Counter(event.event_id for _, event in said)
    same = sum(expected.get(event.event_id) == event.data for _, event in said)
    twice = sum(count > 1 for count in heard.values())
    missing = sum(one not in heard for one in expected)
    print(f"{what}: {len(said):,} on Kafka, {same:,} as offline, {twice} twice, {missing} missing", flush=True)
    return same == len(said) == len(expected) and not twice


def answered(attempts: set[str], verdicts: Iterable[Event[Any]]) -> bool:
    """Print and say whether each attempt has one verdict, those left aside that clear an earlier one."""
    counts = Counter(event.data.transaction_id for event in verdicts if not getattr(event.data, "clears", None))
    alone = sum(counts[one] == 1 for one in attempts)
    print(f"attempts: {len(attempts):,}, with exactly one verdict {alone:,}", flush=True)
    return alone == len(attempts) == len(counts)


def nearness(events: Iterable[Event[Any]], verdicts: Mapping[str, Event[Any]]) -> None:
    """Print how near the verdicts are to those of the whole offline run, where hop two saw another order."""
    desks, same, near, count = Desks(topics.PARTITIONS), 0, 0, 0
    for event in events:
        for verdict in desks.send(event):
            if not getattr(verdict.data, "clears", None):
                on_kafka = verdicts[verdict.data.transaction_id]
                same += on_kafka.event_type == verdict.event_type
                near += abs(on_kafka.data.score - verdict.data.score) < 0.05
                count += 1
    print(f"offline in the order of publication: {same / count:.2%} of the verdicts are the same, "
          f"{near / count:.2%} of the scores within .05", flush=True)  # fmt: skip
