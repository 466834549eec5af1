"""`millrace rules`: what analysts say while the shop runs. What a rule is: streams/rules/fraud/live.py."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Literal

import typer
from rich.markup import escape
from rich.table import Table

from agents.cli import backtest, documents, rulebook, tallies
from agents.cli.console import err, out
from agents.cli.errors import UserError
from agents.cli.files import content_of
from agents.cli.options import Bootstrap
from streams.events.fraud import FraudRuleChanged
from streams.settings import Kafka, Settings

commands = typer.Typer()
rules = typer.Typer(
    no_args_is_help=True,
    help="Change the fraud rules while the shop runs.",
    epilog="Example: [bold]millrace rules put rule.json --state shadow[/]",
)
commands.add_typer(rules, name="rules")

FileOfRules = Annotated[str, typer.Argument(metavar="FILE|-", help="JSON: a rule, an array of rules, or one a line.")]
RuleId = Annotated[str, typer.Argument(metavar="ID", help="One of `millrace rules list`.")]


@rules.command("list", epilog="Example: [bold]millrace rules list[/]")
def list_rules(
    *,
    deleted: Annotated[bool, typer.Option("--deleted", help="Those that were deleted, too.")] = False,
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="A worker of fraud. Without it, one on this machine.")
    ] = None,
    bootstrap: Bootstrap = None,
) -> None:
    """List the rules, with what each version has matched so far, in shadow too, and what labels said of that."""
    settings = Settings.load(bootstrap=bootstrap)
    known = asyncio.run(rulebook.in_force(settings.kafka))
    counted = tallies.ask(settings.web, url)
    table = Table("rule", "version", "state", "speaks when", "weight", box=None, header_style="bold")
    for heading in ("matched", "frauds", "genuine", "precision"):
        table.add_column(heading, justify="right")
    for rule in sorted(known.values(), key=lambda rule: rule.rule_id):
        if deleted or rule.state != "deleted":
            for row in _rows(rule, counted):
                table.add_row(*map(escape, row))
    out.print(table)
    if counted is None:
        err.print("[dim]No worker of fraud answers, so nothing is known of what they matched.[/]")


def _rows(rule: FraudRuleChanged, counted: tallies.Counted | None) -> list[tuple[str, ...]]:
    """The rule as it is, then its earlier versions that matched anything."""
    version = str(rule.version)
    now = (rule.rule_id, version, rule.state, rulebook.in_words(rule), f"{rule.weight:+g}")
    if counted is None:
        return [(*now, "-", "-", "-", "-")]
    matched = (name.rpartition("@") for name in counted)
    versions = {int(number) for rule_id, _, number in matched if rule_id == rule.rule_id}
    past = sorted((number for number in versions if number < rule.version), reverse=True)
    return [
        (*now, *_counts(counted.get(f"{rule.rule_id}@{version}"))),
        *(("", str(number), "", "", "", *_counts(counted[f"{rule.rule_id}@{number}"])) for number in past),
    ]


def _counts(tally: tallies.Tally | None) -> tuple[str, ...]:
    told = tally or tallies.Tally()
    return f"{told.matched:,}", f"{told.frauds:,}", f"{told.genuine:,}", backtest.share(told.precision)


@rules.command(epilog="Examples: [bold]millrace rules put rule.json[/] · [bold]millrace rules put - < rules.jsonl[/]")
def put(
    file: FileOfRules,
    *,
    state: Annotated[
        Literal["active", "shadow", "paused"] | None,
        typer.Option(help="What the rules are to be, whatever the file says. Without both, shadow."),
    ] = None,
    bootstrap: Bootstrap = None,
) -> None:
    """Add rules, or change them. A rule without a version becomes the next one of its id."""
    kafka = Settings.load(bootstrap=bootstrap).kafka
    written = documents.split(file, content_of(file))
    known = asyncio.run(rulebook.in_force(kafka))
    changes: list[FraudRuleChanged] = []
    for one in written:
        changes.append(rulebook.read(file, one, known, state))
        known[changes[-1].rule_id] = changes[-1]
    _publish(kafka, changes)


@rules.command(epilog="Example: [bold]millrace rules pause many-small[/]")
def pause(rule_id: RuleId, bootstrap: Bootstrap = None) -> None:
    """Let a rule be silent until it is put again."""
    _turn(rule_id, "paused", bootstrap)


@rules.command(epilog="Example: [bold]millrace rules delete many-small[/]")
def delete(rule_id: RuleId, bootstrap: Bootstrap = None) -> None:
    """Let a rule be gone. Its versions still count, should it be put again."""
    _turn(rule_id, "deleted", bootstrap)


def _turn(rule_id: str, state: str, bootstrap: str | None) -> None:
    kafka = Settings.load(bootstrap=bootstrap).kafka
    known = asyncio.run(rulebook.in_force(kafka))
    rule = known.get(rule_id)
    if rule is None or rule.state == "deleted":
        there = ", ".join(sorted(name for name, one in known.items() if one.state != "deleted")) or "none"
        raise UserError(f"there is no rule {rule_id!r}; there are {there}")
    _publish(kafka, [rulebook.turned(rule, state)])


def _publish(kafka: Kafka, changes: list[FraudRuleChanged]) -> None:
    asyncio.run(rulebook.publish(kafka, changes))
    for rule in changes:
        words = f"{rule.rule_id} version {rule.version} is {rule.state}: {rulebook.in_words(rule)}"
        out.print(words, markup=False)


@rules.command(
    "back-test", epilog="Example: [bold]millrace rules back-test rule.json --from 2024-05-01 --to 2024-06-01[/]"
)
def back_test(
    file: FileOfRules,
    *,
    start: Annotated[datetime | None, typer.Option("--from", help="Event time, UTC; without it, the first.")] = None,
    end: Annotated[
        datetime | None, typer.Option("--to", help="Event time, UTC, not included; without it, the last.")
    ] = None,
    bootstrap: Bootstrap = None,
) -> None:
    """Run rules, each alone, over the recorded transactions, and say what they would have caught, against labels."""
    kafka = Settings.load(bootstrap=bootstrap).kafka
    wanted = [rulebook.read(file, one, {}, None) for one in documents.split(file, content_of(file))]
    first, last = (moment and moment.replace(tzinfo=moment.tzinfo or UTC) for moment in (start, end))
    begin, stop = backtest.milliseconds(first, 0), backtest.milliseconds(last, backtest.ALWAYS)
    for rule, caught in zip(wanted, asyncio.run(backtest.run(kafka, wanted, begin, stop)), strict=True):
        table = Table(
            box=None,
            show_header=False,
            title=escape(f"{rule.rule_id}: {rulebook.in_words(rule)}"),
            title_justify="left",
        )
        for name, words in backtest.lines(caught):
            table.add_row(name, words)
        out.print(table)
