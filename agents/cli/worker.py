"""`millrace worker`: one service in this process, or several as children of a supervisor (agents/supervisor.py)."""

import asyncio
from typing import Annotated

import typer

from agents.cli import fleet, shop, working
from agents.cli.options import Bootstrap, Data, Host
from agents.cli.reach import reach
from streams.settings import Settings

commands = typer.Typer()


@commands.command(epilog="Examples: [bold]millrace worker all[/] · [bold]millrace worker inventory --processes 2[/]")
def worker(  # noqa: PLR0913 -- independent choices, each with a default
    names: Annotated[list[str], typer.Argument(metavar="SERVICE…|all", help=f"Of {', '.join(shop.SERVICES)}.")],
    *,
    processes: Annotated[int, typer.Option(min=1, max=shop.PORTS_EACH, help="Workers of each service.")] = 1,
    data: Data = None,
    host: Host = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=65535,
            help=f"Port of the web views; further processes take the ones after it. Without it {shop.port_help()}.",
            show_default=False,
        ),
    ] = None,
    bootstrap: Bootstrap = None,
    supervised: Annotated[bool, typer.Option("--supervised", hidden=True)] = False,
) -> None:
    """Run services until Ctrl-C or SIGTERM, each in a process of its own; one that dies is started anew."""
    services = shop.choose(names)
    settings = Settings.load(bootstrap=bootstrap, data=data, host=host, port=port)
    if len(services) == processes == 1:
        code = working.run(services[0], settings, supervised=supervised)
    else:
        asyncio.run(reach(settings.kafka))
        code = asyncio.run(fleet.run(services, processes, settings))
    raise typer.Exit(code)
