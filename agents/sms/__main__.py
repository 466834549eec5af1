"""`python -m agents.sms`: the gateway for demos, as a process of its own."""

from typing import Annotated

import typer
import uvicorn

from agents.sms.server import Outbox, gateway


def serve(
    port: Annotated[int, typer.Option(help="port to listen on, on this machine only")] = 8025,
    refused: Annotated[float, typer.Option(min=0, max=1, help="share of messages never taken")] = 0.0,
    stumbles: Annotated[float, typer.Option(min=0, max=1, help="share of requests answered 503")] = 0.0,
) -> None:
    """Take text messages and send none of them."""
    uvicorn.run(gateway(Outbox(refused=refused, stumbles=stumbles)), host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    typer.run(serve)
