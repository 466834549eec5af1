"""The real inventory service on a topic full of stock commands: events of pydantic models, rules, tables, topics.

Every command is a `ReserveStock` of one piece; each is answered with `StockReserved` and `InventoryUpdated`, exactly
once, by one worker started as a user would. An embedded Kafka shares the machine. `millrace bench inventory` runs it.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
import typer

from benchmarks.feeding import fill
from benchmarks.flames import record as record_flames
from benchmarks.keyed_count.workload import partition_of
from benchmarks.options import Docs, Json, Runs, keep, known, out
from benchmarks.outputs import read
from benchmarks.probe import Probe
from benchmarks.processes import Programs
from benchmarks.rates import Rates, rates
from benchmarks.report.markdown import spread, table
from benchmarks.report.page import Figures
from benchmarks.report.record import Record
from benchmarks.report.summary import summaries
from streams import topics
from streams.broker import EmbeddedKafka
from streams.engine.topics import Plan, create
from streams.events.base import Event, event_of, quick
from streams.events.inventory import ReserveStock
from streams.events.warehouse import StockReceived

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
BATCH: Final = 2_000  # events encoded together
PLENTY: Final = 1_000_000  # pieces of each product: no command is refused
ANSWERS: Final = topics.reservations.name
reserve_stock, stock_received = quick(ReserveStock), quick(StockReceived)


def receipts(products: int) -> Iterator[Event[Any]]:
    """Stock of every product."""
    for n in range(products):
        fact = stock_received(receipt_id=f"R{n}", product_id=f"A{n}", quantity=PLENTY)
        yield event_of(fact, f"receipt-{n}", START)


def requests(count: int, products: int) -> Iterator[Event[Any]]:
    """One piece for each order, of all products in turn."""
    for n in range(count):
        fact = reserve_stock(order_id=f"O{n}", product_id=f"A{n % products}", quantity=1, line=0)
        yield event_of(fact, f"command-{n}", START + timedelta(milliseconds=n))


def records(topic: topics.Topic, events: Iterable[Event[Any]]) -> Iterator[tuple[int, bytes, bytes]]:
    """Partition, key and value of events that are keyed by product."""
    source = iter(events)
    while batch := list(islice(source, BATCH)):
        for event, value in zip(batch, topic.write(batch), strict=True):
            key = event.data.product_id.encode()
            yield partition_of(key), key, value


class _Data(msgspec.Struct):
    order_id: str


class _Answer(msgspec.Struct):
    event_type: str
    data: _Data


_decode = msgspec.json.Decoder(_Answer).decode


class Answers:
    """Was every order answered once, with a promise?"""

    def __init__(self) -> None:
        self._orders: set[str] = set()
        self._others = 0

    def take(self, found: Sequence[Any]) -> None:
        for record in found:
            answer = _decode(record.value)
            new = answer.event_type == "StockReserved" and answer.data.order_id not in self._orders
            self._orders.add(answer.data.order_id)
            self._others += not new

    def problem(self, expected: int) -> str:
        """What is wrong, or nothing."""
        if len(self._orders) == expected and not self._others:
            return ""
        return f"{len(self._orders)} orders of {expected} answered, {self._others} answers too many or of another kind"


def inventory(  # noqa: PLR0913 -- independent choices, each with a default
    *,
    commands: Annotated[int, typer.Option(min=1_000, help="Stock commands.")] = 1_000_000,
    products: Annotated[int, typer.Option(min=1, help="Products.")] = 1_000,
    runs: Runs = 5,
    flames: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Of one run more: a flame graph, as SVG.", show_default=False),
    ] = None,
    json: Json = None,
    docs: Docs = None,
) -> None:
    """The real inventory service on a topic full of stock commands, by one worker."""
    known(docs)
    record, bench = Record.begin(), Bench(commands, products)
    for number in range(1, runs + 1):
        found, problem = asyncio.run(bench.run())
        rounded = {name: round(value, 2) for name, value in vars(found).items()}
        record.runs.append({"engine": "millrace", "round": number, "commands": commands, "products": products,
                            **rounded, "correct": not problem, "problem": problem})  # fmt: skip
        out.print(f"{number:3}  {found.events_per_second:9,.0f} commands/s  {problem or 'right'}")
    out.print(f"\n{figures(record).text}")
    keep(record, figures, json, docs)
    if flames is not None:
        asyncio.run(bench.run(flames))


def figures(record: Record) -> Figures:
    """One row: medians and spreads."""
    (found,) = summaries(record.runs)
    names = ("events_per_second", "engine_cpu_s_per_million", "broker_cpu_s_per_million", "peak_rss_mb")
    row = [*(spread(found.spread(name)) for name in names), f"{found.correct} of {len(found.runs)}"]
    head = ["commands/s", "worker CPU s per million", "broker CPU s per million", "peak RSS MB", "right"]
    return Figures(table(head, [row]))


@dataclass(frozen=True)
class Bench:
    """Args:
    commands: how many.
    products: of so many products.
    """

    commands: int
    products: int

    async def run(self, flames: Path | None = None) -> tuple[Rates, str]:
        """One run on a broker of its own: the figures, and what is wrong with the answers, or nothing.

        With a file for flames, the worker is looked into on the way, which slows it.
        """
        with EmbeddedKafka() as kafka, tempfile.TemporaryDirectory(prefix="millrace-bench-") as folder:
            used = (topics.stock_receipts, topics.stock_commands, topics.reservations, topics.inventory)
            await create({"bootstrap_servers": kafka.bootstrap}, [Plan(t.name, t.partitions, t.config) for t in used])
            await self._stock_up(kafka, Path(folder))
            filled = records(topics.stock_commands, requests(self.commands, self.products))
            await fill(kafka.bootstrap, topics.stock_commands.name, filled)
            answers = Answers()
            async with _watched(kafka, Path(folder), ANSWERS) as (probe, programs):
                if flames is not None:
                    await probe.reached(self.commands // 10, programs.check)
                    await record_flames(programs.pids()[0], flames)
                await probe.reached(self.commands, programs.check)
                offsets = await read(kafka.bootstrap, ANSWERS, topics.PARTITIONS, self.commands, answers.take)
            return rates(probe.samples, offsets), answers.problem(self.commands)

    async def _stock_up(self, kafka: EmbeddedKafka, folder: Path) -> None:
        """The stock is there before the first command: a worker takes it in, and ends."""
        await fill(kafka.bootstrap, topics.stock_receipts.name, records(topics.stock_receipts, receipts(self.products)))
        async with _watched(kafka, folder, topics.inventory.name) as (probe, programs):
            await probe.reached(self.products, programs.check)


@asynccontextmanager
async def _watched(kafka: EmbeddedKafka, folder: Path, topic: str) -> AsyncIterator[tuple[Probe, Programs]]:
    """A worker, and a probe on one of its topics."""
    command = [sys.executable, "-m", "agents.cli", "worker", "inventory", "--bootstrap", kafka.bootstrap]
    programs = Programs([[*command, "--data", str(folder)]], folder / "log")
    async with Probe(kafka.bootstrap, topic, topics.PARTITIONS, programs.pids, lambda: kafka.pids) as probe:
        with programs:
            yield probe, programs
        await probe.caught_up()
