"""`millrace dead-letters`: what was set aside, why, and by whom. The bytes are the original ones."""

import asyncio
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from agents.cli.console import out
from agents.cli.options import Bootstrap
from agents.cli.reach import reach
from agents.verify.reader import committed_reader, ends, partitions, read_topic
from agents.verify.record import Record
from streams import topics
from streams.settings import Kafka, Settings

commands = typer.Typer()
letters = typer.Typer(no_args_is_help=True, help="Records that no service could read.")
commands.add_typer(letters, name="dead-letters")

SHOWN_BYTES = 60
"""Of each record: enough to recognise it."""


@letters.command("list", epilog="Example: [bold]millrace dead-letters list --limit 5[/]")
def list_letters(
    limit: Annotated[int, typer.Option(min=1, help="How many of the newest.")] = 20, bootstrap: Bootstrap = None
) -> None:
    """List the newest records that were set aside, with the place they came from and the reason."""
    found = asyncio.run(_read(Settings.load(bootstrap=bootstrap).kafka))
    table = Table("from", "service", "why", "bytes", box=None, header_style="bold")
    for record in found[-limit:]:
        table.add_row(*_row(record))
    out.print(table, f"[dim]{min(limit, len(found)):,} of {len(found):,} dead letters.[/]", sep="\n")


def _row(record: Record) -> tuple[str, str, Text, Text]:
    told = {name: value.decode(errors="replace") for name, value in record.headers}
    place = "/".join(told.get(f"source-{part}", "?") for part in ("topic", "partition", "offset"))
    why = f"{told.get('error-class', '?')}: {told.get('error-message', '?')}"
    value = record.value or b""
    shown = value[:SHOWN_BYTES].decode(errors="replace") + ("…" if len(value) > SHOWN_BYTES else "")
    return place, told.get("service", "?"), Text(why), Text(shown)


async def _read(kafka: Kafka) -> list[Record]:
    await reach(kafka)
    connection, found = kafka.client_arguments(), list[Record]()
    existing = (await partitions(connection)).get(topics.dead_letters.name, [])
    async with committed_reader(connection) as consumer:
        await read_topic(consumer, await ends(consumer, existing), found.append)
    return found
