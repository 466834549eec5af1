"""`millrace query`: rows of the tables, asked of whichever worker runs here; it knows which worker has the key."""

import json
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

import httpx
import typer
from fastapi.routing import APIRoute

from agents.cli import shop
from agents.cli.console import err, out
from agents.cli.errors import UserError
from agents.cli.readiness import authorization
from agents.services import SERVICES
from streams.settings import Settings, Web
from tables.views.app import PAGES

commands = typer.Typer()

ANSWER_SECONDS = 10.0
RESOURCES = {
    page.path.split("/")[1]: name
    for name, routers in reversed(list(PAGES.items()))  # of two services with such a page, the one named first answers
    for router in routers
    for page in router.routes
    if isinstance(page, APIRoute)
}
"""`stock` and its like, and the service that answers for it."""


@commands.command(
    epilog="Examples: [bold]millrace query orders O-000001[/] · [bold]millrace query stock A101[/] · "
    "[bold]millrace query inventory[/] (its tables) · [bold]millrace query inventory reservations --limit 5[/]"
)
def query(
    what: Annotated[
        str,
        typer.Argument(metavar="WHAT", help=f"{', '.join(RESOURCES)}; or a service; or a path such as /stock/A101."),
    ],
    keys: Annotated[list[str] | None, typer.Argument(metavar="KEY…", help="The key, or a table and a key.")] = None,
    *,
    limit: Annotated[int | None, typer.Option(min=1, help="Rows of a table, at most.", show_default=False)] = None,
    after: Annotated[str | None, typer.Option(help="Rows of a table after this key.", show_default=False)] = None,
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="A worker. Without it, one on this machine.", show_default=False)
    ] = None,
) -> None:
    """Ask a worker for committed rows, as JSON."""
    settings = Settings.load()
    service, path = route(what, keys or [])
    parameters = {name: value for name, value in (("limit", limit), ("after", after)) if value is not None}
    base = url or _worker(shop.app_of(service, settings).service.name, shop.ports(service), settings.web)
    _show(_get(base, path, parameters, settings.web))


def route(what: str, keys: list[str]) -> tuple[str, str]:
    """The service to ask, and the path. Raises BadParameter, with the likely name."""
    if "/" in what:
        path = "/" + what.lstrip("/")
        what, keys = path.split("/")[1], [path]
    else:
        path = "/" + "/".join(quote(part, safe="") for part in (what, *keys))
    if what in RESOURCES and len(keys) == 1:
        return RESOURCES[what], path
    if what in SERVICES or "." in what:
        return what, "/tables" + path.removeprefix(f"/{what}")
    if what in RESOURCES:
        raise typer.BadParameter(f"say one key, as in `millrace query {what} KEY`", param_hint="KEY")
    known = [*RESOURCES, *(name for name in SERVICES if name not in RESOURCES)]
    hint = f"{shop.meant(what, known)}There are {', '.join(known)}."
    raise typer.BadParameter(f"there is no {what!r}. {hint}", param_hint="WHAT")


def _worker(service: str, ports: range, web: Web) -> str:
    """The first worker of a service that answers on this machine. Raises UserError: none does."""
    for port in ports:
        base = f"http://{web.host}:{port}"
        try:
            found = httpx.get(f"{base}/readyz", headers=authorization(web), timeout=ANSWER_SECONDS).json()
        except (httpx.HTTPError, ValueError):
            continue
        if isinstance(found, dict) and found.get("service") == service:
            return base
    raise UserError(
        f"no worker of {service} answers at {web.host}, ports {ports[0]} to {ports[-1]}. "
        f"Start one with `millrace worker`, or say where one is with --url."
    )


def _get(base: str, path: str, parameters: dict[str, Any], web: Web) -> httpx.Response:
    try:
        where = base.rstrip("/") + path
        return httpx.get(where, params=parameters or None, headers=authorization(web), timeout=ANSWER_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UserError(f"no answer from {base}: {error or type(error).__name__}") from error


def _show(answer: httpx.Response) -> None:
    """The body; how far it is behind goes to standard error. Raises UserError: the worker said no."""
    try:
        body = answer.json()
    except ValueError as error:
        raise UserError(f"{answer.url} answered {answer.status_code}, and not in JSON") from error
    if answer.is_error:
        raise UserError(f"{answer.status_code}: {body.get('detail', body) if isinstance(body, dict) else body}")
    if out.is_terminal:
        out.print_json(data=body)
    else:
        typer.echo(json.dumps(body, indent=2, ensure_ascii=False))
    lag = answer.headers.get("x-millrace-lag")
    if lag is not None and err.is_terminal:
        err.print(f"[dim]{urlsplit(str(answer.url)).netloc}; offsets behind its sources: {lag}[/]")
