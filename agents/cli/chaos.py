"""`millrace chaos`: workers, brokers, disks, clocks and lines, harmed on purpose. The harness: agents/chaos/."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from agents.chaos.harness import run
from agents.chaos.scenarios import ALL
from agents.cli.console import err, out
from agents.cli.shop import meant

if TYPE_CHECKING:
    from agents.chaos.report import Report
    from agents.chaos.scenarios import Scenario

commands = typer.Typer()

VIOLATED = 1
FOLDER = Path(".millrace/chaos")
LARGEST_SEED = 999_999


@commands.command(
    epilog="Examples: [bold]millrace chaos --list[/] · [bold]millrace chaos --scenario zombie --seed 7 --rounds 20[/]"
)
def chaos(  # noqa: PLR0913 -- independent choices, each with a default
    *,
    scenario: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="One of --list; may be repeated. Without it, all.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Decides who is harmed when. Without it, a new one, which is told.")
    ] = None,
    rounds: Annotated[
        int | None, typer.Option(min=1, help="Of each scenario. Without it, as many as --list says.")
    ] = None,
    keep: Annotated[
        Path, typer.Option(metavar="DIR", help="Where topics, logs and tables of a failure stay.")
    ] = FOLDER,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    list_only: Annotated[bool, typer.Option("--list", help="Tell the scenarios and do nothing.")] = False,
) -> None:
    """Kill and harm real workers on a real Kafka, and check that nothing was lost or counted twice.

    Exits with 1 if something was; the folder of the failure then holds all topics, logs and tables.
    """
    chosen = _choose(scenario)
    if list_only:
        out.print(_listed(chosen))
        return
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # brokers vanish on purpose here
    number = seed if seed is not None else SystemRandom().randint(1, LARGEST_SEED)
    err.print(f"Seed {number}")
    report = asyncio.run(run(chosen, keep.absolute(), seed=number, rounds=rounds, tell=err.print))
    if as_json:
        typer.echo(report.to_json())
    else:
        _tell(report)
    raise typer.Exit(0 if report.ok else VIOLATED)


def _choose(names: list[str] | None) -> list[Scenario]:
    known = {scenario.name: scenario for scenario in ALL}
    for name in names or ():
        if name not in known:
            raise typer.BadParameter(
                f"there is no scenario {name!r}. {meant(name, known)}See --list.", param_hint="--scenario"
            )
    return [known[name] for name in names] if names else [*ALL]


def _listed(scenarios: list[Scenario]) -> Table:
    table = Table("scenario", "rounds", "what happens")
    for scenario in scenarios:
        table.add_row(scenario.name, str(scenario.rounds), scenario.text)
    return table


def _tell(report: Report) -> None:
    out.print(report.table())
    for outcome in report.outcomes:
        if outcome.verdict is not None and not outcome.ok:
            again = f"millrace chaos --scenario {outcome.scenario} --seed {report.seed} --rounds {outcome.rounds}"
            out.print(f"[bold red]{outcome.scenario}[/]: kept in {outcome.kept}; again: {again}", soft_wrap=True)
            for violation in outcome.verdict.violations:
                out.print(f"  {violation}", markup=False, soft_wrap=True)
    for surprise, times in report.surprises.items():
        out.print(f"{times} times {surprise}")
    out.print(f"{report.kills} kills, {sum(report.harms.values())} harms, {sum(report.wrong.values())} findings")
