"""Replay a stream of attempts and labels through the fraud rules, and write the verdicts.

Input: kind,seconds,transaction,card,terminal,cents,fraud in event-time order (a file, or - for standard input), where
a label comes when it is due. Output: transaction,score,verdict. Prints the CPU time per event on standard error.

    python -m benchmarks.fraud.replay STREAM.csv --out SCORES.csv --partitions 4
"""

import argparse
import csv
import gc
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.fraud.desks import Desks, attempt, label
from streams.events.base import Event


def events(lines: Iterable[str]) -> Iterator[Event[Any]]:
    """Read a stream, header first."""
    rows = csv.reader(lines)
    next(rows)
    for kind, seconds, transaction, card, terminal, cents, fraud in rows:
        if kind == "attempt":
            yield attempt(int(seconds), transaction, card, terminal, int(cents))
        else:
            yield label(int(seconds), transaction, card, fraud=fraud == "1")


def replay(lines: Iterable[str], desks: Desks) -> Iterator[tuple[str, float, str]]:
    """The first verdict of each attempt: transaction, score, event type."""
    for event in events(lines):
        for verdict in desks.send(event):
            if not getattr(verdict.data, "clears", None):
                yield verdict.data.transaction_id, verdict.data.score, verdict.event_type


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stream")
    parser.add_argument("--out", required=True)
    parser.add_argument("--partitions", type=int, default=1)
    options = parser.parse_args()
    source = sys.stdin if options.stream == "-" else Path(options.stream).open(encoding="utf-8")  # noqa: SIM115 - closed by exit
    counted, desks = 0, Desks(options.partitions)
    gc.set_threshold(100_000, 20, 100)  # as in a worker: rows and events are acyclic, so collecting is waste
    begun = time.process_time()
    with Path(options.out).open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["transaction", "score", "verdict"])
        for verdict in replay(source, desks):
            writer.writerow(verdict)
            counted += 1
    spent = time.process_time() - begun
    each = spent * 1e6 / max(desks.events, 1)
    print(f"{counted} verdicts on {desks.events} events, {spent:.1f} s of CPU: {each:.1f} µs each", file=sys.stderr)


if __name__ == "__main__":
    main()
