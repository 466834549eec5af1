"""The commands of `millrace bench` (and of `python -m benchmarks`): one for each comparison of docs/benchmarks.md."""

from __future__ import annotations

import typer

from benchmarks.history import history
from benchmarks.inventory import inventory
from benchmarks.keyed_count.command import keyed_count
from benchmarks.latency.command import latency
from benchmarks.sections import page
from benchmarks.shop.command import shop

commands = typer.Typer(
    no_args_is_help=True, rich_markup_mode="rich", help="Measure Millrace beside its peers, on a Kafka of its own."
)
for command in (keyed_count, latency, history, inventory, shop, page):
    commands.command()(command)
