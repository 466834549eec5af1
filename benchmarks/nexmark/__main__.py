"""The public Nexmark queries 5, 7, 8 and 11 on the engine: an auction house's people, auctions and bids.

    python -m benchmarks.nexmark [--events 500000] [--query 5] [--check-only]

`language.py` has the events, `generator.py` makes them, `queries.py` and `service.py` are the queries, `brute.py` their
answers in plain Python. `checking.py` compares both under the broker-free driver; `running.py` measures one worker
process (`worker.py`) on an embedded Kafka, which shares the machine, and compares its committed answers too.
"""

from __future__ import annotations

import argparse
import asyncio
from random import Random

from benchmarks.machine import describe
from benchmarks.nexmark.checking import check
from benchmarks.nexmark.generator import generate
from benchmarks.nexmark.queries import QUERIES
from benchmarks.nexmark.running import measure

CHECKED = 20_000  # events of the broker-free check: some windows of each query


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=500_000)
    parser.add_argument("--query", type=int, choices=sorted(QUERIES), action="append", help="default: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--check-only", action="store_true", help="only the driver against the brute force")
    options = parser.parse_args()
    for number in options.query or sorted(QUERIES):
        found = check(QUERIES[number], list(generate(CHECKED, Random(options.seed))))
        print(f"query {number:2}: {found:6,} answers agree under the driver")
    if not options.check_only:
        print(describe())
        history = list(generate(options.events, Random(options.seed)))
        for number in options.query or sorted(QUERIES):
            figures = asyncio.run(measure(QUERIES[number], history))
            print(
                f"query {number:2}: {figures['events_per_second']:9,.0f} events/s  "
                f"{figures['cpu_s_per_million']:5.1f} CPU s per million  peak {figures['peak_rss_mb']:4.0f} MB"
            )


if __name__ == "__main__":
    main()
