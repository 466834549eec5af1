"""`millrace topics`: the shop's pipes, as declared in streams/topics.py, and as they are in the cluster."""

import asyncio

import typer
from rich.table import Table

from agents import services
from agents.cli.console import out
from agents.cli.options import Bootstrap
from agents.cli.reach import reach
from agents.verify.reader import committed_reader, partitions
from streams import topics
from streams.engine.topics import Plan, create, plan
from streams.settings import Kafka, Settings

commands = typer.Typer()
pipes = typer.Typer(no_args_is_help=True, help="Make the shop's topics, or list them.")
commands.add_typer(pipes, name="topics")


@pipes.command("create", epilog="Example: [bold]millrace topics create --bootstrap kafka:9092[/]")
def create_topics(bootstrap: Bootstrap = None) -> None:
    """Make every topic that is missing. Workers do so, too; this is for whoever comes before them."""
    made = asyncio.run(_create(Settings.load(bootstrap=bootstrap).kafka))
    for name in sorted(made):
        out.print(name)
    out.print(f"[dim]{len(made)} made, the others were there.[/]")


@pipes.command("list", epilog="Example: [bold]millrace topics list[/]")
def list_topics(bootstrap: Bootstrap = None) -> None:
    """List the topics: what they carry, and how many records are committed in this cluster, markers included."""
    sizes = asyncio.run(_sizes(Settings.load(bootstrap=bootstrap).kafka))
    table = Table("topic", "key", "partitions", "records", "carries", box=None, header_style="bold")
    for name in [*(topic.name for topic in topics.ALL), *sorted(sizes.keys() - {topic.name for topic in topics.ALL})]:
        _, key, carries = _declared(name)
        counts = sizes.get(name)
        table.add_row(name, key, *(("-", "-") if counts is None else (str(counts[0]), f"{counts[1]:,}")), carries)
    out.print(table)


def _declared(name: str) -> tuple[str, str, str]:
    for topic in topics.ALL:
        if topic.name == name:
            return name, topic.key, ", ".join(model.__name__ for model in topic.carries)
    return name, "", ""


async def _create(kafka: Kafka) -> list[str]:
    await reach(kafka)
    plans = {wanted.name: wanted for service in services.ALL for wanted in plan(service)}
    plans |= {topic.name: Plan(topic.name, topic.partitions, topic.config) for topic in topics.ALL}
    return await create(kafka.client_arguments(), plans.values(), replication=kafka.replication)


async def _sizes(kafka: Kafka) -> dict[str, tuple[int, int]]:
    """By topic: partitions, and offsets between the first and the last stable one."""
    await reach(kafka)
    connection = kafka.client_arguments()
    existing = {name: found for name, found in (await partitions(connection)).items() if not name.startswith("__")}
    async with committed_reader(connection) as consumer:
        everything = [partition for found in existing.values() for partition in found]
        first = await consumer.beginning_offsets(everything) if everything else {}
        last = await consumer.end_offsets(everything) if everything else {}
    return {name: (len(found), sum(last[p] - first[p] for p in found)) for name, found in existing.items()}
