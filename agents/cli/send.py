"""`millrace send`: one's own events. All are read and checked before the first is sent."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec
import typer

from agents.cli import documents
from agents.cli.console import out
from agents.cli.documents import Document
from agents.cli.errors import UserError
from agents.cli.options import Bootstrap
from agents.cli.publisher import Publisher
from streams import topics
from streams.settings import Kafka, Settings

commands = typer.Typer()


class Unsent(NamedTuple):
    """A record of nowhere yet, as `Topic.read` wants it."""

    value: bytes
    key: bytes | None = None
    offset: int = 0
    timestamp: int = 0
    headers: Sequence[tuple[str, bytes]] = ()


@commands.command(
    epilog="Examples: [bold]millrace send orders order.json[/] · [bold]millrace send orders - < orders.jsonl[/]"
)
def send(
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="One of `millrace topics list`.")],
    file: Annotated[
        str, typer.Argument(metavar="FILE|-", help="JSON: one event, an array, or one a line; - is standard input.")
    ],
    raw: Annotated[bool, typer.Option("--raw", help="Send each line as it is, readable or not.")] = False,  # noqa: FBT002 -- typer
    key: Annotated[
        str | None, typer.Option(help="The records' key. Without it the one that the topic says.", show_default=False)
    ] = None,
    bootstrap: Bootstrap = None,
) -> None:
    """Send events to a topic. What the shop could not read is refused here, with the place and the reason."""
    pipe, content = _topic(topic), _read(file)
    own = key.encode() if key is not None else None
    if raw:
        records = [(own, line.value) for line in documents.lines(content)]
    else:
        records = [(own or check(pipe, file, one), one.value) for one in documents.split(file, content)]
    asyncio.run(_publish(Settings.load(bootstrap=bootstrap).kafka, topic, records))
    out.print(f"{len(records):,} record{'s' * (len(records) != 1)} sent to {topic}.")


async def _publish(kafka: Kafka, topic: str, records: list[tuple[bytes | None, bytes]]) -> None:
    async with Publisher(kafka) as publisher:
        for key, value in records:
            await publisher.send(topic, key, value)


def _topic(name: str) -> topics.Topic:
    try:
        return topics.by_name(name)
    except topics.UnknownTopicError as error:
        raise typer.BadParameter(str(error), param_hint="TOPIC") from error


def _read(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise UserError(f"{file}: {error.strerror}") from error


def check(topic: topics.Topic, file: str, document: Document) -> bytes:
    """The key of an event that the topic carries. Raises UserError: it is none."""
    (event,) = topic.read(0, [Unsent(document.value)])
    if event is None:
        raise UserError(f"{file}, line {document.line}: {topic.name} carries {_carried(topic, document)}")
    if isinstance(event, Exception):
        raise UserError(f"{file}, line {document.line}: {event}")
    keys = {model.__name__: key for model, key in topic.events.items()}
    return keys[event.event_type](event.data).encode()


def _carried(topic: topics.Topic, document: Document) -> str:
    """What the topic is for, and where such an event belongs instead, if anywhere."""
    if not topic.carries:
        return "bytes of any kind: use --raw"
    event_type = msgspec.json.decode(document.value)["event_type"]
    homes = [home.name for home in topics.ALL for model in home.carries if model.__name__ == event_type]
    hint = f"such an event belongs to {homes[0]}" if homes else f"no topic carries {event_type}"
    return f"{', '.join(model.__name__ for model in topic.carries)}; {hint}"
