"""What is kept of a failure: every topic of the service, record by record, beside the workers' logs and stores."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from agents.chaos.judge import committed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from agents.verify.record import Record


async def keep_topics(connection: Mapping[str, Any], topics: Iterable[str], folder: Path) -> None:
    """Write `<topic>.jsonl` for each topic and the dead letters: the committed records, a line each."""
    for topic, records in (await committed(connection, [*topics, "dead-letters"])).items():
        with (folder / f"{topic}.jsonl").open("w") as file:
            file.writelines(json.dumps(_line(record)) + "\n" for record in records)


def _line(record: Record) -> dict[str, Any]:
    return {
        "partition": record.position.partition,
        "offset": record.position.offset,
        "key": _text(record.key),
        "value": _text(record.value),
        "headers": {name: _text(value) for name, value in record.headers},
    }


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode(errors="backslashreplace")
