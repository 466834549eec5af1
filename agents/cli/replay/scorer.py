"""Runs events through the fraud service under the test driver, in batches whose bounds change no verdict.

Within a batch a card's partition takes attempts before labels. Records of different cards may change places there, for
they share no row. So a batch ends before an attempt of a card that had a label in it. Between the hops the driver puts
records back into the order of the stream. So the result is that of one event at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self

import msgspec

from agents import fraud
from agents.cli.errors import UserError
from agents.cli.replay.stream import ID_DIGITS, rank
from streams import topics
from streams.engine.driver import Driver
from streams.engine.service import DEAD_LETTERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agents.cli.replay.stream import Mark, Stream
    from streams.events.base import Event
    from streams.settings import Settings

BATCH: Final = 2_000
"""Events at a time, at most: beyond some hundreds a chunk costs nothing worth saving."""

CHUNK: Final = 10 * BATCH
"""An event of a batch may lead to several at the next hop, which must all be there before the first is read."""


class Said(msgspec.Struct, gc=False):
    """What is written down of a verdict's reason: its code."""

    code: str


class Verdict(msgspec.Struct, gc=False):
    """What is written down of a verdict."""

    transaction_id: str
    score: float
    reasons: tuple[Said, ...]
    clears: str | None = None


class Answer(msgspec.Struct, gc=False):
    """A verdict's event."""

    event_id: str
    event_type: str
    data: Verdict


class Scorer:
    """The fraud service, with nothing in its memory. Use it in a `with`."""

    def __init__(self, settings: Settings, partitions: int) -> None:
        edges = fraud.edges(partitions)
        self._attempts, self._labels = (
            edges.source(topics.transactions.name),
            edges.source(topics.transaction_labels.name),
        )
        self._partitions = partitions
        self._decode = msgspec.json.Decoder(Answer).decode
        self.driver = Driver([fraud.build(settings, edges)], chunk_records=CHUNK, forgetful=True, rank=rank)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.driver.close()

    def score(self, batch: Iterable[Event[Any]]) -> Iterator[Answer]:
        """The first verdicts on the attempts of a batch (`batches`), in order. Raises UserError: one was set aside."""
        attempts, labels = list[Any](), list[Any]()
        for event in batch:
            (attempts if event.event_type == "TransactionAttempted" else labels).append(event)
        self.driver.send_all(self._attempts, attempts)
        self.driver.send_all(self._labels, labels)
        self.driver.run()
        self._complain()
        found = [self._decode(value) for value in self._taken(topics.fraud.name) if value is not None]
        found.sort(key=lambda answer: answer.event_id[:ID_DIGITS])
        return (answer for answer in found if answer.data.clears is None)

    def _taken(self, topic: str) -> Iterator[bytes | None]:
        log = self.driver.log
        for partition in range(self._partitions):
            yield from [record.value for record in log.partition(topic, partition)]
            log.forget(topic, partition, log.end(topic, partition))

    def _complain(self) -> None:
        for letter in self.driver.log.records(DEAD_LETTERS):
            headers = {name: value.decode() for name, value in letter[1].headers}
            raise UserError(f"set aside: {headers['error-class']}: {headers['error-message']}")


def batches(stream: Stream) -> Iterator[tuple[list[Event[Any]], Mark]]:
    """Cut a stream into batches for `Scorer.score`, each with the place behind it."""
    batch, touched, mark = list[Any](), set[str](), stream.mark
    for event in stream.events():
        is_label, data = event.event_type == "TransactionLabelled", event.data
        if len(batch) == BATCH or (not is_label and not touched.isdisjoint((data.card_id, data.transaction_id))):
            yield batch, mark
            batch, touched = [], set()
        if is_label:
            touched.update((data.card_id, data.transaction_id))
        batch.append(event)
        mark = stream.mark
    if batch:
        yield batch, mark
