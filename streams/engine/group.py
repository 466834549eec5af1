"""The work of several chunks that one Kafka transaction will hold.

Outputs are appended as chunks arrive; rows wait until the end, so that a key changed a hundred times costs one
changelog record. `committer.py` decides when a group is full enough.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
from aiokafka.structs import TopicPartition

from streams.engine.deadletters import BatchesWithDeadLetters
from streams.engine.service import DEAD_LETTERS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from streams.engine.chunk import Work
    from streams.engine.partitioner import Partitioner
    from streams.engine.service import Table
    from streams.engine.task import Task
    from streams.engine.waiting import Write

_encoder = msgspec.json.Encoder()


@dataclass(eq=False)
class Group:
    """Args: changelog: the topic that rows go to."""

    changelog: str
    batches: BatchesWithDeadLetters = field(default_factory=BatchesWithDeadLetters)
    offsets: dict[TopicPartition, int] = field(default_factory=dict)
    changes: dict[Task, dict[Table[Any], dict[str, Any]]] = field(default_factory=dict)
    records: int = 0
    fired: int = 0  # timers
    dead_letters: int = 0
    skipped: int = 0

    def add(self, work: Work, partitioner: Partitioner, now_ms: int) -> None:
        """Take a chunk's work, and let later chunks read its rows."""
        chunk, task = work.chunk, work.chunk.task
        for topic, outputs in work.outputs.items():
            for partition, pairs in partitioner.split(topic.name, outputs.keys, outputs.values):
                self.batches.append(topic.name, partition, pairs, now_ms)
        for letter in work.dead_letters:
            partition = partitioner.partition(DEAD_LETTERS, letter.key, chunk.partition)
            self.batches.set_aside(partition, letter, now_ms)
        if work.changes:
            layers = self._layers(task)
            for table, rows in work.changes.items():
                if table in layers:
                    layers[table].update(rows)
                else:
                    layers[table] = rows  # the chunk is done: nobody else writes there any more
                task.caches[table].update(rows)
        task.budget.keep()
        self.offsets[TopicPartition(chunk.topic.name, chunk.partition)] = chunk.next_offset
        self.records += len(chunk.records)
        self.fired += work.fired
        self.dead_letters += len(work.dead_letters)
        self.skipped += work.skipped

    def _layers(self, task: Task) -> dict[Table[Any], dict[str, Any]]:
        """What this group changes in a task; the task reads through it until it is in the store."""
        layers = self.changes.get(task)
        if layers is None:
            layers = self.changes[task] = {}
            task.pending.append(layers)
        return layers

    def go_carefully(self) -> bool:
        """One of the rows is too large. When all of this is read again, its record will be set aside.

        Returns: whether any of it was read carelessly; if not, to read it again will not help.
        """
        careless = [
            task.go_carefully(tp.topic, offset)
            for task in self.changes
            for tp, offset in self.offsets.items()
            if tp.partition == task.partition
        ]
        return any(careless)

    def finish(self, now_ms: int) -> dict[Task, list[Write]]:
        """Encode the rows: changelog records now, store writes after the commit."""
        writes = {task: encoded(layers) for task, layers in self.changes.items()}
        for task, rows in writes.items():
            self.batches.append(self.changelog, task.partition, rows, now_ms)
        return writes


def encoded(layers: Mapping[Table[Any], Mapping[str, Any]]) -> list[Write]:
    """Rows as changelog records and store writes alike: key, value; None: deleted."""
    writes: list[Write] = []
    for table, rows in layers.items():
        prefix = table.prefix
        deleted = [key for key, row in rows.items() if row is None]
        kept = {key: row for key, row in rows.items() if row is not None} if deleted else rows
        values = _encoder.encode_lines(list(kept.values())).split(b"\n")  # JSON has no raw line feeds
        writes += zip(_keys(prefix, kept), values, strict=False)
        writes += [((prefix + key).encode(), None) for key in deleted]
    return writes


def _keys(prefix: str, keys: Collection[str]) -> list[bytes]:
    """All of them encoded at once: in two thirds of the time that one by one takes."""
    encoded_keys = (prefix + f"\n{prefix}".join(keys)).encode().split(b"\n")
    if len(encoded_keys) == len(keys):
        return encoded_keys
    return [(prefix + key).encode() for key in keys]  # one of them holds a line feed
