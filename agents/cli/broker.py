"""`millrace broker`: the embedded Kafka in the foreground, until Ctrl-C. How it works: streams/broker/."""

import signal
from pathlib import Path
from typing import Annotated

import typer

from agents.cli.console import out
from agents.cli.errors import UserError
from streams.broker import EmbeddedKafka

NODE_COUNTS = (1, 3)
PORT = 9092
"""Kafka's own, where every other command looks for it."""

commands = typer.Typer()


@commands.command(
    epilog="Example: [bold]millrace broker --dir kafka-data[/], and in another terminal [bold]millrace worker all[/]"
)
def broker(
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="For clients; three nodes take the two after it, too.")
    ] = PORT,
    directory: Annotated[
        Path | None,
        typer.Option("--dir", metavar="DIR", help="Keep the data here. Without it the data ends with the broker."),
    ] = None,
    nodes: Annotated[int, typer.Option(help="1, or 3 for a cluster in which one may fail.")] = 1,
) -> None:
    """Run a real Apache Kafka on this machine, with nothing but pip, until Ctrl-C."""
    if nodes not in NODE_COUNTS:
        raise typer.BadParameter("a cluster has 1 node or 3", param_hint="--nodes")
    if port + nodes - 1 > 65535:
        raise typer.BadParameter("there are no ports after it for three nodes", param_hint="--port")
    with EmbeddedKafka(nodes, directory=directory, port=port) as kafka:
        out.print(f"Kafka serves at [bold]{kafka.bootstrap}[/]. Ctrl-C ends it.")
        if port != PORT or nodes > 1:
            out.print(f"For the other commands: export MILLRACE_BOOTSTRAP={kafka.bootstrap}")
        _watch(kafka)


def _watch(kafka: EmbeddedKafka) -> None:
    """Return never: Ctrl-C and SIGTERM raise, and so does a node that ends by itself."""
    while True:
        signal.sigtimedwait([signal.SIGUSR2], 1)
        for node in kafka.nodes:
            if not node.running:
                raise UserError(f"Kafka's node {node.number} has ended; {node.log} may say why")
