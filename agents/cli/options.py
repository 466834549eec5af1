"""Options that several commands share, so that they are called the same and mean the same."""

from pathlib import Path
from typing import Annotated

import typer

Bootstrap = Annotated[
    str | None,
    typer.Option(
        metavar="HOST:PORT",
        help="Where Kafka is. Without it MILLRACE_BOOTSTRAP, or 127.0.0.1:9092.",
        show_default=False,
    ),
]
Host = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS", help="Address to listen on. Without it MILLRACE_WEB_HOST, or 127.0.0.1.", show_default=False
    ),
]
Data = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR", help="Folder of the tables. Without it MILLRACE_DATA, or .millrace.", show_default=False
    ),
]
