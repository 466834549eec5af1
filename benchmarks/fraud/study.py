"""What must matter to the scorer, and what must not: average precision of one table under changes, line by line.

    python -m benchmarks.fraud.study TABLE.csv --first-day 70
    python -m benchmarks.fraud.study --pattern mix --seed 5 --first-day 24
    python -m benchmarks.fraud.study --shop mix --seed 5 --first-day 21 --brief

The table is seconds,card,terminal,cents,fraud in time order, or a draw by `patterns.py` or `shop.py`. Judged are all
attempts from the first day on; no card is left out, so figures are a little above those of the handbook's metric, which
drops cards with a known fraud.
"""

import argparse
import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from pathlib import Path
from random import Random
from typing import Any, Final

from benchmarks.fraud import patterns, shop
from benchmarks.fraud.desks import Desks, attempt, label
from benchmarks.fraud.patterns import DAY, Payment
from streams.events.base import Event

MINUTES_LATE: Final = 10
CENTS_OF_NOISE: Final = 2


def stream(rows: Sequence[Payment], delay_days: float, disorder: Random | None = None) -> Iterator[Event[Any]]:
    """Attempts with their labels when due; with `disorder` each event comes up to ten minutes late."""
    events = _in_time(rows, delay_days)
    return (event for _, event in events) if disorder is None else _disordered(events, disorder)


def _in_time(rows: Sequence[Payment], delay_days: float) -> Iterator[tuple[int, Event[Any]]]:
    due: deque[tuple[int, int]] = deque()
    for number, row in enumerate(rows):
        while due and due[0][0] <= row.seconds:
            at, past = due.popleft()
            yield at, label(at, str(past), str(rows[past].card), fraud=rows[past].fraud == 1)
        yield row.seconds, attempt(row.seconds, str(number), str(row.card), str(row.terminal), row.cents)
        due.append((row.seconds + int(delay_days * DAY), number))


def _disordered(events: Iterable[tuple[int, Event[Any]]], random: Random) -> Iterator[Event[Any]]:
    waiting: list[tuple[float, int, Event[Any]]] = []
    for number, (at, event) in enumerate(events):
        heappush(waiting, (at + random.uniform(0, 60 * MINUTES_LATE), number, event))
        while waiting[0][0] <= at:
            yield heappop(waiting)[2]
    while waiting:
        yield heappop(waiting)[2]


def scored(rows: Sequence[Payment], events: Iterable[Event[Any]], partitions: int = 1) -> tuple[list[float], set[int]]:
    """The score of each row, and the rows detected."""
    scores, alarms, desks = [0.0] * len(rows), set(), Desks(partitions)
    for event in events:
        for verdict in desks.send(event):
            if not getattr(verdict.data, "clears", None):
                number = int(verdict.data.transaction_id)
                scores[number] = verdict.data.score
                if verdict.event_type == "FraudDetected":
                    alarms.add(number)
    return scores, alarms


def report(name: str, rows: Sequence[Payment], first: int, result: tuple[list[float], set[int]]) -> None:
    scores, alarms = result
    late = [number for number, row in enumerate(rows) if row.seconds >= first * DAY]
    frauds = [number for number in late if rows[number].fraud]
    raised = [number for number in late if number in alarms]
    right = sum(rows[number].fraud for number in raised)
    precision = average_precision([(scores[number], rows[number].fraud) for number in late])
    print(
        f"{name:24} AP {precision:.4f}  verdicts: precision {right / max(len(raised), 1):.3f}"
        f"  recall {right / len(frauds):.3f}",
        flush=True,
    )


def average_precision(judged: Iterable[tuple[float, int]]) -> float:
    """Mean precision over the frauds, ranked by score, of equal scores the genuine ones first."""
    hits, total = 0, 0.0
    for place, (_, fraud) in enumerate(sorted(judged, key=lambda pair: (-pair[0], pair[1])), 1):
        hits += fraud
        total += fraud * hits / place
    return total / hits


def renamed(rows: Sequence[Payment], random: Random) -> list[Payment]:
    cards, terminals = ({row[n] for row in rows} for n in (1, 2))
    card, terminal = _shuffled(cards, random), _shuffled(terminals, random)
    return [row._replace(card=card[row.card], terminal=terminal[row.terminal]) for row in rows]


def _shuffled(ids: set[int], random: Random) -> dict[int, int]:
    names = sorted(ids)
    return dict(zip(names, random.sample(names, len(names)), strict=True))


def noisy(rows: Sequence[Payment], random: Random) -> list[Payment]:
    return [row._replace(cents=max(1, row.cents + random.randint(-CENTS_OF_NOISE, CENTS_OF_NOISE))) for row in rows]


def read(path: str) -> list[Payment]:
    with Path(path).open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines)
        next(rows)
        return [Payment(*map(int, row)) for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group()
    source.add_argument("table", nargs="?")
    source.add_argument("--pattern", choices=patterns.NAMES)
    source.add_argument("--shop", choices=shop.NAMES, help="a pattern of the shop's own feed")
    parser.add_argument("--share", type=float, default=0.01, help="of fraud, with --shop")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first-day", type=int, default=24)
    parser.add_argument("--brief", action="store_true", help="only the table as it is")
    options = parser.parse_args()
    rows = _rows(options)
    report("as it is", rows, options.first_day, scored(rows, stream(rows, 7)))
    if not options.brief:
        _changed(rows, Random(options.seed), options.first_day)


def _rows(options: argparse.Namespace) -> list[Payment]:
    if options.table:
        return read(options.table)
    if options.shop:
        return shop.draw(options.shop, options.seed, share=options.share)
    return patterns.draw(options.pattern or "mix", options.seed)


def _changed(rows: Sequence[Payment], random: Random, first: int) -> None:
    for partitions in (2, 4, 8):
        report(f"{partitions} partitions", rows, first, scored(rows, stream(rows, 7), partitions))
    other = renamed(rows, random)
    report("ids permuted", other, first, scored(other, stream(other, 7)))
    other = noisy(rows, random)
    report("two cents of noise", other, first, scored(other, stream(other, 7)))
    report("ten minutes of disorder", rows, first, scored(rows, stream(rows, 7, random)))
    for days in (3, 14, 28):
        report(f"labels after {days} days", rows, first, scored(rows, stream(rows, days)))


if __name__ == "__main__":
    main()
