"""`millrace verify`: every promise of the shop, checked from the topics alone. The judge lives in agents/verify/."""

import asyncio
from typing import Annotated

import typer

from agents import services
from agents.cli.console import err, out
from agents.cli.options import Bootstrap
from agents.cli.reach import reach
from agents.verify import Report
from agents.verify import verify as judge
from streams.settings import Kafka, Settings

commands = typer.Typer()

VIOLATED = 1


@commands.command(
    epilog="Examples: [bold]millrace verify[/] · [bold]millrace verify --json --allow-open > report.json[/]"
)
def verify(
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole report as JSON.")] = False,  # noqa: FBT002 -- typer
    allow_open: Annotated[  # noqa: FBT002 -- typer
        bool, typer.Option("--allow-open", help="The stream still runs: an answer that is missing yet is no violation.")
    ] = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Check every invariant from the topics alone, without the engine. Exits with 1 if one is violated."""
    report = asyncio.run(_verify(Settings.load(bootstrap=bootstrap).kafka, allow_open=allow_open))
    if as_json:
        typer.echo(report.to_json())
    else:
        out.print(report.table(), report.inputs_table(), summary(report), sep="\n")
    raise typer.Exit(0 if report.ok else VIOLATED)


def summary(report: Report) -> str:
    """One line, for people."""
    failed, still_open = sum(c.failed for c in report.checks), sum(c.open for c in report.checks)
    verdict = "[bold green]0 violations[/]" if report.ok else f"[bold red]{failed:,} violations[/]"
    waiting = f", {still_open:,} still open" if still_open else ""
    records = sum(report.records.values())
    return f"{verdict}{waiting}: {len(report.checks)} invariants, {records:,} records, {report.seconds:.1f} s"


async def _verify(kafka: Kafka, *, allow_open: bool) -> Report:
    await reach(kafka)
    with err.status("Reading the topics") as status:
        return await judge(
            kafka.client_arguments(),
            allow_open=allow_open,
            readers=services.readers(),
            progress=lambda topic, count: status.update(f"Read {topic}: {count:,} records"),
        )
