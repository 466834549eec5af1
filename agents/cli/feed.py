"""`millrace feed`: a synthetic shop's stream, orderly or not. What it plays is in streams/feed/."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from agents.cli import feeding
from agents.cli.console import err, out
from agents.cli.options import Bootstrap
from agents.cli.patterns import HELP, patterns_of
from agents.cli.progress import counting
from agents.cli.publisher import Publisher
from streams.feed import FeedOptions, Summary
from streams.settings import Kafka, Settings

commands = typer.Typer()

UNTIL_INTERRUPTED = 10**9
"""Orders: more than anybody waits for."""
USUAL = FeedOptions(start=datetime.fromtimestamp(0, UTC))


Orders = Annotated[
    int | None, typer.Option(min=1, help="How many orders; their payments, deliveries and junk come on top.")
]
Rate = Annotated[
    float | None, typer.Option(min=0.01, help="Orders per second of the wall clock. Without it, as fast as it goes.")
]
Seconds = Annotated[float | None, typer.Option(min=1, help="How long, with --rate. Without it, until Ctrl-C.")]
Start = Annotated[datetime | None, typer.Option(help="Event time of the first event, UTC. Without it, now.")]
Run = Annotated[str | None, typer.Option(help="Part of every id, so that feeds do not meet. Without it, by start.")]
Patterns = Annotated[str | None, typer.Option(help=HELP, metavar="NAMES|@FILE", rich_help_panel="Fraud")]


def _share(words: str) -> Any:
    return typer.Option(min=0, max=1, help=words, rich_help_panel="Shares, from 0 to 1", metavar="SHARE")


@commands.command(
    epilog="Examples: [bold]millrace feed --orders 1000 --seed 7[/] · [bold]millrace feed --rate 50 --duplicates 0.1[/]"
)
def feed(  # noqa: PLR0913 -- independent choices, each with a default
    *,
    orders: Orders = None,
    rate: Rate = None,
    seconds: Seconds = None,
    seed: Annotated[int, typer.Option(help="The same seed, start and run give the same bytes.")] = 1,
    start: Start = None,
    run: Run = None,
    customers: Annotated[int, typer.Option(min=1, help="How many there are.")] = 1_000,
    products: Annotated[int, typer.Option(min=1, help="How many there are.")] = 200,
    duplicates: Annotated[float, _share("Records sent twice.")] = USUAL.duplicates,
    late: Annotated[float, _share("Records minutes or hours behind.")] = USUAL.late,
    out_of_order: Annotated[float, _share("Records that change places.")] = USUAL.out_of_order,
    malformed: Annotated[float, _share("Junk between the records.")] = USUAL.malformed,
    unknown_products: Annotated[float, _share("Orders of what is not sold.")] = USUAL.unknown_products,
    declined_payments: Annotated[float, _share("Cards without money.")] = USUAL.declined_payments,
    cancellations: Annotated[float, _share("Customers who change their minds.")] = USUAL.cancellations,
    abandoned: Annotated[float, _share("Orders that nobody pays.")] = USUAL.abandoned,
    fraud: Annotated[float, _share("Orders placed by a thief.")] = USUAL.fraud,
    fraud_patterns: Patterns = None,
    labels: Annotated[float, _share("Transactions whose label comes back.")] = USUAL.labels,
    bootstrap: Bootstrap = None,
) -> None:
    """Feed the shop with synthetic customers: orders, payments, deliveries, and everything that goes wrong."""
    options = FeedOptions(
        start=(began := _begin(start)),
        seed=seed,
        orders=_orders(orders, rate, seconds),
        orders_per_second=rate or USUAL.orders_per_second,
        run=run if run is not None else feeding.run_name(began),
        customers=customers,
        products=products,
        duplicates=duplicates,
        late=late,
        out_of_order=out_of_order,
        malformed=malformed,
        unknown_products=unknown_products,
        declined_payments=declined_payments,
        cancellations=cancellations,
        abandoned=abandoned,
        fraud=fraud,
        fraud_patterns=patterns_of(fraud_patterns),
        labels=labels,
    )
    asyncio.run(_feed(Settings.load(bootstrap=bootstrap).kafka, options, speed=1.0 if rate else None))


async def _feed(kafka: Kafka, options: FeedOptions, *, speed: float | None) -> None:
    summary = Summary()
    try:
        async with Publisher(kafka) as publisher:
            with counting(err, "Feeding", options.orders, "orders") as progress:
                await feeding.publish(publisher, options, summary, progress, speed=speed)
    finally:
        if summary.records:
            _tell(options, summary)


def _begin(start: datetime | None) -> datetime:
    return feeding.now() if start is None else start.replace(tzinfo=start.tzinfo or UTC)


def _orders(orders: int | None, rate: float | None, seconds: float | None) -> int:
    if rate is None and seconds is not None:
        raise typer.BadParameter("needs --rate: how many orders in each of these seconds", param_hint="--seconds")
    if orders is not None:
        return orders
    if rate is None:
        return USUAL.orders
    return UNTIL_INTERRUPTED if seconds is None else max(1, round(rate * seconds))


def _tell(options: FeedOptions, summary: Summary) -> None:
    table = Table("what", "name", "count", box=None, header_style="bold")
    for group, name, count in summary.rows():
        if count:
            table.add_row(group, name, f"{count:,}")
    again = f"--seed {options.seed} --start {options.start:%Y-%m-%dT%H:%M:%S} --run {options.run or repr('')}"
    out.print(table, f"{summary.records:,} records, orders O-{options.run}000001 and on. Again: {again}", sep="\n")
