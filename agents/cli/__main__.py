"""`python -m agents.cli` is `millrace`: how one process of Millrace starts another, wherever it is installed."""

from agents.cli import main

main()
