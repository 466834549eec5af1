"""Draw the shop from the edges that its services declare, as a Mermaid flowchart.

Services never name each other: whoever is joined by a topic, talks. `millrace graph` prints it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streams.engine import Service


def graph(services: Iterable[Service]) -> str:
    """A flowchart: services as boxes with their tables, topics as stadiums, an arrow for each edge."""
    drawn = list(services)
    topics = dict.fromkeys(topic.name for service in drawn for topic in (*service.reads, *service.emits))
    lines = [*(_topic(name) for name in topics), *(_service(service) for service in drawn)]
    lines += [edge for service in drawn for edge in _edges(service)]
    return "\n".join(["flowchart LR", *(f"    {line}" for line in lines)]) + "\n"


def _topic(name: str) -> str:
    return f'{_id("topic", name)}(["{name}"])'


def _service(service: Service) -> str:
    tables = ", ".join(table.name for table in service.remembers)
    return f'{_id("service", service.name)}["<b>{service.name}</b>{f"<br/>{tables}" if tables else ""}"]'


def _edges(service: Service) -> Iterator[str]:
    own = _id("service", service.name)
    for topic in service.reads:
        yield f"{_id('topic', topic.name)} --> {own}"
    for topic in service.emits:
        yield f"{own} --> {_id('topic', topic.name)}"


def _id(kind: str, name: str) -> str:
    """Mermaid's ids know letters, digits and underscores; a service and a topic may share a name."""
    return f"{kind}_{re.sub(r'[^0-9A-Za-z]', '_', name)}"
