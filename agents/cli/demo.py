"""`millrace demo`: the whole story in a few minutes. What happens is in show.py, what is measured in figures.py."""

import asyncio
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from agents.cli import feeding
from agents.cli.console import out
from agents.cli.options import Bootstrap
from agents.cli.show import Plan, Show
from agents.cli.telling import Teller
from streams.broker import EmbeddedKafka
from streams.settings import Settings

commands = typer.Typer()

RATE = 100.0
"""Orders per second: two cores keep up with it, so that latencies tell of the engine and not of a queue."""

FOLDER = Path(".millrace/demo")
"""What `--keep` leaves behind: Kafka's data, the tables, and every worker's log."""


@commands.command(epilog="Examples: [bold]millrace demo[/] · [bold]millrace demo --orders 20000 --kills 4 --exit[/]")
def demo(  # noqa: PLR0913 -- independent choices, each with a default
    *,
    orders: Annotated[int, typer.Option(min=1, help="How many; payments, deliveries and junk come on top.")] = 5_000,
    seed: Annotated[int, typer.Option(help="Of the customers, and of the workers that are killed.")] = 1,
    kills: Annotated[int, typer.Option(min=0, help="How many times a worker is killed on the way.")] = 1,
    rate: Annotated[float, typer.Option(min=1, help="Orders per second.")] = RATE,
    leave: Annotated[bool, typer.Option("--exit", help="End with the verdict. Without it the shop stays up.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help=f"Keep data and logs in {FOLDER}/.")] = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Run the whole shop on a Kafka of its own, kill a worker on the way, and check that every event counted once.

    Feeds a seeded run with duplicates, late and unreadable events, waits until all is done, checks every invariant
    from the topics alone, and exits with 1 if one is violated.
    """
    stays = out.is_terminal and sys.stdin.isatty() and not leave
    teller = Teller(out)
    teller.title(f"{orders:,} orders, with payments, deliveries, duplicates, late and unreadable events; seed {seed}")
    with ExitStack() as stack:
        folder = _folder(stack, keep=keep)
        new = bootstrap is None and not (folder / "kafka").exists()
        plan = Plan(orders, seed, kills, rate, "" if new else feeding.run_name(feeding.now()), stays=stays)
        (folder / "logs").mkdir(exist_ok=True)
        if bootstrap is None:
            with teller.act("A real Kafka runs, with nothing but pip"):
                kafka = EmbeddedKafka(directory=folder / "kafka" if keep else None)
                bootstrap = stack.enter_context(kafka).bootstrap
        settings = Settings.load(bootstrap=bootstrap, data=folder / "tables")
        report = asyncio.run(Show(plan, settings, folder / "logs", teller).run())
    if keep:
        out.print(f" Data and logs are in {folder}", soft_wrap=True)
    raise typer.Exit(0 if report.ok else 1)


def _folder(stack: ExitStack, *, keep: bool) -> Path:
    if keep:
        FOLDER.mkdir(parents=True, exist_ok=True)
        return FOLDER.absolute()
    return Path(stack.enter_context(TemporaryDirectory(prefix="millrace-demo-", ignore_cleanup_errors=True)))
