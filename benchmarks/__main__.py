"""`python -m benchmarks` is `millrace bench`, for who has no console script."""

from benchmarks.cli import commands

commands(prog_name="millrace bench")
