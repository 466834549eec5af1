"""placeholder for assembling; replaced below."""

import typer

commands = typer.Typer()
