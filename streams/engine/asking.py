"""Which events of a chunk are asked about, and which rule each is put to. `transactions.py` does the asking."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any

Rule = Callable[..., Iterable[Any] | None]


def readable(items: Sequence[Any]) -> Sequence[Any]:
    """The events among the answers of a topic: as a rule all, which their few types tell."""
    if not any(kind is type(None) or issubclass(kind, Exception) for kind in set(map(type, items))):
        return items
    return [item for item in items if item is not None and not isinstance(item, Exception)]


def asked(rule: Rule | Mapping[Any, Rule], events: Sequence[Any]) -> Iterable[tuple[Any, Rule]]:
    """Each event with its rule. A mapping names fact classes; a fact's fast twin has the same name."""
    if not isinstance(rule, Mapping):
        return zip(events, repeat(rule))
    rules = {fact.__name__: one for fact, one in rule.items()}
    return [(event, rules[event.event_type]) for event in events if event.event_type in rules]
