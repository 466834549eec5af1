"""The verdict over a counting service: nothing lost, nothing twice, tables as the log has them, stores never ahead.

It reads committed records as any stranger would, and the stores on disk; it shares no code with the engine. What must
be there says `truth.py`.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from agents.chaos import counting
from agents.chaos.stores import stored
from agents.chaos.truth import Truth, answer
from agents.chaos.verdict import Verdict
from agents.verify.reader import committed_reader, ends, partitions, read_topic

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from agents.chaos.truth import Answer
    from agents.verify.record import Record


async def judge(bootstrap: str, name: str, *, confirmed: Collection[bytes], state: Path) -> Verdict:
    """Read everything that is committed, once the service is at rest and its workers have ended.

    Args:
        bootstrap: of the Kafka.
        name: of the counting service.
        confirmed: values of inputs that the broker has confirmed to their sender.
        state: directory of the workers' stores.
    """
    topics = [counting.inputs(name), counting.outputs(name), counting.changelog(name), "dead-letters"]
    read = await committed({"bootstrap_servers": bootstrap}, topics)
    fed, told, rows, dead = (read[topic] for topic in topics)
    dead = [record for record in dead if dict(record.headers).get("source-topic") == counting.inputs(name).encode()]
    truth = Truth(fed)
    verdict = Verdict(truth.inputs, len(told), len(dead))
    for value in set(confirmed) - truth.values:
        verdict.add("unfed", f"the broker confirmed {value!r} and does not have it")
    _compare_answers(verdict, truth, told)
    _compare_places(verdict, truth.unreadable, Counter(_source(record) for record in dead), "dead letter")
    _compare_tables(verdict, truth, rows)
    _compare_stores(verdict, rows, state, name)
    return verdict


async def committed(connection: Mapping[str, Any], topics: Iterable[str]) -> dict[str, list[Record]]:
    """Every committed record of these topics."""
    existing = await partitions(connection)
    read: dict[str, list[Record]] = {}
    async with committed_reader(connection) as consumer:
        for topic in topics:
            records = read[topic] = []
            await read_topic(consumer, await ends(consumer, existing.get(topic, ())), records.append)
    return read


def _compare_answers(verdict: Verdict, truth: Truth, records: Iterable[Record]) -> None:
    """Answers of a partition must be those that its inputs have earned, one each, in their order."""
    told: dict[int, list[Answer]] = defaultdict(list)
    for record in records:
        told[record.position.partition].append(answer(record))
    for partition in sorted(truth.answers.keys() | told.keys()):
        due, given = truth.answers[partition], told[partition]
        if given == due:
            continue
        _compare_places(verdict, {one.source for one in due}, Counter(one.source for one in given), "answer")
        right = {one.source: one for one in due}
        for one in given:
            if one.source in right and one != right[one.source]:
                verdict.add("wrong", f"{one} should be {right[one.source]}")
        first_given, order = list(dict.fromkeys(one.source for one in given)), [one.source for one in due]
        if sorted(first_given) == sorted(order) and first_given != order:
            verdict.add("disordered", f"the answers of partition {partition} do not follow their inputs")


def _compare_places(verdict: Verdict, due: Collection[str], given: Counter[str], what: str) -> None:
    """Each place that is due must have been answered once, and no other at all."""
    for place in sorted(set(due) - given.keys()):
        verdict.add("lost", f"no {what} for {place}")
    for place, times in sorted(given.items()):
        if place not in due:
            verdict.add("wrong", f"a {what} for {place}, which asks for none")
        elif times > 1:
            verdict.add("duplicated", f"{times} times a {what} for {place}")


def _source(record: Record) -> str:
    told = {name: value.decode() for name, value in record.headers}
    return f"{told['source-topic']}/{told['source-partition']}/{told['source-offset']}"


def _compare_tables(verdict: Verdict, truth: Truth, records: Iterable[Record]) -> None:
    """The changelog, folded, is the tables; it must say what the inputs add up to."""
    tables: dict[int, dict[str, Any]] = defaultdict(dict)
    for record in records:
        tables[record.position.partition][(record.key or b"").decode()] = json.loads(record.value or b"null")
    for partition in sorted(truth.rows.keys() | tables.keys()):
        due, kept = truth.rows[partition], tables[partition]
        for key in sorted(due.keys() | kept.keys()):
            if due.get(key) != kept.get(key):
                verdict.add("table", f"partition {partition}, {key}: {kept.get(key)} should be {due.get(key)}")


def _compare_stores(verdict: Verdict, records: Collection[Record], state: Path, name: str) -> None:
    """A store must hold what the changelog held before the offset that it names: behind perhaps, never ahead."""
    for store in stored(state, name):
        due: dict[bytes, bytes] = {}
        for record in records:
            if record.position.partition == store.partition and record.position.offset < store.offset:
                due[record.key or b""] = record.value or b""
        differing = [key for key in due.keys() | store.rows.keys() if due.get(key) != store.rows.get(key)]
        for key in sorted(differing):
            verdict.add("store", f"{store.path}, {key.decode()}: {store.rows.get(key)!r} should be {due.get(key)!r}")
