"""`millrace graph`: the shop as its services declare it. The drawing is in agents/graph.py."""

import typer

from agents.graph import graph as draw
from agents.services import ALL

commands = typer.Typer()


@commands.command(epilog="Example: [bold]millrace graph > shop.mmd[/]")
def graph() -> None:
    """Print services, topics and tables as a Mermaid flowchart."""
    typer.echo(draw(ALL), nl=False)
