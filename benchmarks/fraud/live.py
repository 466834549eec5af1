"""The fraud service on a real Kafka, its workers killed, against the rules run offline: the same verdicts, each once.

    python -m benchmarks.fraud.live [--pattern mix] [--attempts 200000] [--workers 2] [--kills 4] [--seed 1]

Half a day of attempts is published, then the labels due by then, each when the service has come to rest. So the order
at each card is known, and hop one is held against the rules run on that order. The order at a terminal is that of the
log between the hops, so hop two is held against the rules run on this log. Both must say the same, field for field.
Exits with 1 when they do not, or when an attempt has no verdict, or two.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from agents.cli import fleet
from agents.cli.readiness import Doors
from agents.supervisor import Supervisor
from agents.verify import lags
from agents.verify.reader import committed_reader, ends, partitions, read_topic
from benchmarks.feeding import publish
from benchmarks.fraud import shop
from benchmarks.fraud.comparing import answered, compared, decoded, facts, nearness
from benchmarks.fraud.desks import Desks
from benchmarks.fraud.study import stream
from streams import topics
from streams.broker import EmbeddedKafka
from streams.engine.service import DEAD_LETTERS
from streams.engine.topics import Plan, create
from streams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence

    from agents.verify.record import Record
    from streams.events.base import Event
    from streams.topics import Topic

LABEL_DAYS: Final = 7.0
BATCH_SECONDS: Final = 43_200
PATIENCE_SECONDS: Final = 120.0
POLL_SECONDS: Final = 0.05
STRIKE_SECONDS: Final = (0.05, 0.5)  # after a batch was published
OWN: Final = (topics.fraud_by_terminal, topics.fraud_by_customer)
READ: Final = (topics.transactions, topics.transaction_labels, *OWN)


class Half(NamedTuple):
    """What is published between two rests: events of one topic."""

    topic: Topic
    events: Sequence[Event[Any]]


def halves(events: Iterable[Event[Any]]) -> Iterator[Half]:
    """Attempts of half a day, then the labels due in it, and so on."""
    kinds: dict[str, list[Event[Any]]] = {"TransactionAttempted": [], "TransactionLabelled": []}
    until = None
    for event in events:
        until = event.time + 1000 * BATCH_SECONDS if until is None else until
        while event.time >= until:
            yield from _cut(kinds)
            until += 1000 * BATCH_SECONDS
        kinds[event.event_type].append(event)
    yield from _cut(kinds)


def _cut(kinds: Mapping[str, list[Event[Any]]]) -> Iterator[Half]:
    for topic, found in zip((topics.transactions, topics.transaction_labels), kinds.values(), strict=True):
        if found:
            yield Half(topic, [*found])
            found.clear()


class Live:
    """Workers of the fraud service on a Kafka that serves."""

    def __init__(self, settings: Settings, supervisor: Supervisor, doors: Doors) -> None:
        self._connection = settings.kafka.client_arguments()
        self._bootstrap = settings.kafka.bootstrap
        self._supervisor, self._doors = supervisor, doors
        self.killed = 0

    async def play(self, played: Sequence[Half], strikes: Mapping[int, float]) -> None:
        """Publish all; at the numbered halves a worker is killed so many seconds after the half was published."""
        for number, half in enumerate(played):
            await publish(self._bootstrap, half.topic, half.events)
            if number in strikes:
                await asyncio.sleep(strikes[number])
                await self._strike()
            await self._rest()

    async def _strike(self) -> None:
        names = sorted(self._supervisor.children)
        child = self._supervisor.children[names[self.killed % len(names)]]
        starts = child.starts
        self._supervisor.kill(child.name)
        self.killed += 1
        await self._doors.wait(child, starts)

    async def _rest(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while left := await lags(self._connection, [("fraud", [topic.name for topic in READ])]):
            if time.monotonic() > deadline:
                raise TimeoutError(f"the service does not come to rest: {left}")
            await asyncio.sleep(POLL_SECONDS)

    async def written(self, topic: str) -> list[Record]:
        """All committed records of a topic, in order within each partition."""
        found: list[Record] = []
        places = (await partitions(self._connection)).get(topic, ())
        async with committed_reader(self._connection) as reader:
            await read_topic(reader, await ends(reader, places), found.append)
        return found


@asynccontextmanager
async def live(workers: int) -> AsyncIterator[Live]:
    """So many workers of the fraud service, ready, on a broker of their own."""
    with EmbeddedKafka() as kafka, tempfile.TemporaryDirectory(prefix="millrace-live-") as folder:
        settings = Settings.load(bootstrap=kafka.bootstrap, data=Path(folder) / "tables")
        await create(settings.kafka.client_arguments(), [Plan(t.name, t.partitions, t.config) for t in topics.ALL])
        async with Supervisor(print) as supervisor:
            crew = [*fleet.crew(["fraud"], workers, settings)]
            for child in crew:
                child.output = Path(folder) / f"{child.name}.log"
                supervisor.keep(child)
            doors = Doors({child.name: child.url for child in crew}, settings.web, Path(folder))
            await doors.wait_for_all(crew, lambda _ready: None)
            yield Live(settings, supervisor, doors)


async def compare(options: argparse.Namespace) -> bool:
    """One run; True when all is as it must be."""
    random, began = Random(options.seed), time.monotonic()
    rows = shop.draw(options.pattern, options.seed, attempts=options.attempts)
    played = [*halves(stream(rows, LABEL_DAYS))]
    late = range(len(played) // 10, len(played))
    struck = random.sample(late, min(options.kills, len(late)))
    strikes = {number: random.uniform(*STRIKE_SECONDS) for number in struck}
    async with live(options.workers) as service:
        await service.play(played, strikes)
        log = decoded(topics.fraud_by_terminal, await service.written(topics.fraud_by_terminal.name))
        said = decoded(topics.fraud, await service.written(topics.fraud.name))
        letters = await service.written(DEAD_LETTERS)
    print(f"{sum(len(half.events) for half in played):,} events, {options.workers} workers, {service.killed} kills, "
          f"{len(letters)} dead letters, {time.monotonic() - began:.0f} s")  # fmt: skip
    desks = Desks(topics.PARTITIONS)
    published = [event for half in played for event in half.events]
    hop_one = facts(published, lambda event: desks.cards[desks.place(event.data.card_id)])
    partition = {event.event_id: number for number, event in log}
    hop_two = facts((event for _, event in log), lambda event: desks.terminals[partition[event.event_id]])
    verdicts = [event for _, event in said]
    held = all(
        [
            answered({str(number) for number in range(len(rows))}, verdicts),
            compared("hop one, facts for terminals", log, hop_one),
            compared("hop two, verdicts", said, hop_two),
            not letters,
        ]
    )
    if held:
        first = {event.data.transaction_id: event for event in verdicts if not getattr(event.data, "clears", None)}
        nearness(published, first)
    return held


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pattern", choices=shop.NAMES, default="mix")
    parser.add_argument("--attempts", type=int, default=200_000, help="orders of the feed; thefts come on top")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kills", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    held = asyncio.run(compare(parser.parse_args()))
    print("held" if held else "BROKEN")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
