"""The shop as the command line sees it: services by name, their ports, who reads what."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from agents.services import ALL, SERVICES
from streams.engine.app import ServiceApp

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streams.settings import Settings

FIRST_PORT: Final = 8110
PORTS_EACH: Final = 10
"""Each service has a range of ports for its workers' web views, in the order of the list of services."""


def groups() -> list[tuple[str, list[str]]]:
    """Every consumer group and the topics it reads."""
    return [(service.name, [topic.name for topic in service.reads]) for service in ALL]


def choose(names: Sequence[str]) -> list[str]:
    """The services meant by `names`, each once; `all` means the shop's. Raises BadParameter, with the likely name.

    A name with a dot is a Python module of somebody's own.
    """
    if "all" in names:
        return list(SERVICES)
    for name in names:
        if name not in SERVICES and "." not in name:
            hint = f"{meant(name, [*SERVICES, 'all'])}There are {', '.join(SERVICES)}."
            raise typer.BadParameter(f"there is no service {name!r}. {hint}", param_hint="SERVICE")
    return list(dict.fromkeys(names))


def meant(word: str, known: Iterable[str]) -> str:
    """`Did you mean 'inventory'? `, or nothing."""
    close = get_close_matches(word, known, n=1)
    return f"Did you mean {close[0]!r}? " if close else ""


def app_of(name: str, settings: Settings) -> ServiceApp:
    """A worker's app, not yet started. Raises BadParameter: a module of one's own cannot be imported, or has none."""
    if name in SERVICES:
        return SERVICES[name].build(settings)
    sys.path.insert(0, str(Path.cwd()))  # where people keep modules of their own; a console script does not look there
    try:
        module = import_module(name)
    except ModuleNotFoundError as error:
        raise typer.BadParameter(f"{name}: {error}", param_hint="SERVICE") from error
    app = module.build(settings) if hasattr(module, "build") else getattr(module, "app", None)
    if not isinstance(app, ServiceApp):
        raise typer.BadParameter(f"module {name} has no `app` and no `build(settings)`", param_hint="SERVICE")
    return app


def ports(name: str) -> range:
    """Where a service's workers on this machine listen, unless they are told otherwise. Guests share a range."""
    place = list(SERVICES).index(name) if name in SERVICES else len(SERVICES)
    first = FIRST_PORT + PORTS_EACH * place
    return range(first, first + PORTS_EACH)


def port_help() -> str:
    """`inventory 8110, orders 8120, …`."""
    return ", ".join(f"{name} {ports(name)[0]}" for name in SERVICES)
