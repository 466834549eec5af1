"""`millrace sms-gateway`: takes text messages and sends none. The server is in agents/sms/."""

from typing import Annotated

import typer
import uvicorn

from agents import supervisor
from agents.cli.console import out
from agents.cli.ports import first_free
from agents.sms.server import Outbox, gateway

commands = typer.Typer()

PORT = 8025
"""Where the settings expect a gateway."""


@commands.command("sms-gateway", epilog="Example: [bold]millrace sms-gateway --stumbles 0.1[/]")
def sms_gateway(
    *,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = PORT,
    refused: Annotated[float, typer.Option(min=0, max=1, help="Share of messages that are never taken.")] = 0.0,
    stumbles: Annotated[float, typer.Option(min=0, max=1, help="Share of requests answered with 503.")] = 0.0,
    supervised: Annotated[bool, typer.Option("--supervised", hidden=True)] = False,
) -> None:
    """Run a gateway for demos: it keeps the text messages it is given and sends none. GET /messages shows them."""
    first_free(host, [port])
    if supervised:
        supervisor.end_with_parent()
    out.print(f"Takes text messages at http://{host}:{port}/messages. Ctrl-C ends it.")
    uvicorn.run(gateway(Outbox(refused=refused, stumbles=stumbles)), host=host, port=port, log_level="error")
