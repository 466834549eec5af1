"""Puts the commands together, runs one, and turns an error that a user can put right into a sentence.

A command is loaded when it is asked for: `--help` loads all of them, `millrace worker` only its own.
"""

from __future__ import annotations

import signal
import sys
from importlib import import_module, metadata
from typing import TYPE_CHECKING, Annotated

import typer

from agents import logs
from agents.cli.console import complain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import FrameType
    from typing import NoReturn

COMMANDS = (
    "demo",
    "broker",
    "worker",
    "topics",
    "feed",
    "send",
    "query",
    "verify",
    "dead-letters",
    "rules",
    "fraud",
    "chaos",
    "graph",
    "bench",
    "sms-gateway",
)
"""In the order of `--help`. The module of a command is its name with underscores, its typer app is `commands`."""

FAILED = 1
TERMINATED = 128 + signal.SIGTERM


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code."""
    return _run(loaded(arguments), arguments)


def loaded(arguments: Sequence[str]) -> typer.Typer:
    """The command line with what these arguments need: one command, or all of them for `--help`."""
    wanted = next((argument for argument in arguments if argument in COMMANDS), None)
    return assemble(COMMANDS if wanted is None else [wanted])


def _run(app: typer.Typer, arguments: Sequence[str]) -> int:
    logs.be_quiet()
    try:
        app(list(arguments), prog_name="millrace")
    except SystemExit as end:
        return _code(end)
    except BrokenPipeError:  # `millrace verify | head`
        sys.stdout = None  # what is left to write has no reader, and Python knows what None means here
        return FAILED
    except Exception as error:
        from agents.cli.mistakes import MISTAKES  # noqa: PLC0415 -- naming them loads every room of the house

        if not isinstance(error, MISTAKES):
            raise
        complain(str(error))
        return FAILED
    return 0


def run_as_process(app: typer.Typer, arguments: Sequence[str]) -> int:
    """The same with a process's manners: SIGTERM unwinds, and Ctrl-C cannot disturb the interpreter's own end."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        return _run(app, arguments)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _terminate(_number: int, _frame: FrameType | None) -> NoReturn:
    """So that whoever started processes ends them."""
    sys.exit(TERMINATED)


def assemble(names: Iterable[str]) -> typer.Typer:
    """The command line with these commands only."""
    app = typer.Typer(
        no_args_is_help=True, rich_markup_mode="rich", pretty_exceptions_enable=False, add_completion=False
    )
    app.callback()(about)
    for name in names:
        app.add_typer(import_module(f"agents.cli.{name.replace('-', '_')}").commands)
    return app


def _code(end: SystemExit) -> int:
    if isinstance(end.code, str):
        complain(end.code)
        return FAILED
    return end.code or 0


def _tell_version(asked: bool) -> None:  # noqa: FBT001 -- typer calls it so
    if asked:
        typer.echo(f"millrace {metadata.version('millrace')}")
        raise typer.Exit


def about(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Tell the version and exit.")
    ] = False,
) -> None:
    """Exactly-once stream processing for shops, on Apache Kafka.

    Start with [bold]millrace demo[/]: the whole shop on a Kafka of its own, one worker killed, every promise checked.
    """
