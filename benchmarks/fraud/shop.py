"""Draws of labelled transactions from the shop's own feed: what `millrace feed` plays, in event time of weeks.

    python -m benchmarks.fraud.shop burst --seed 5 > table.csv

A draw is the table of `patterns.py`. Each attempt counts once and in time order: repeats and junk are what other
tests are about.
"""

from datetime import UTC, datetime
from random import Random
from typing import Final

import msgspec

from benchmarks.fraud.patterns import DAY, Payment, command
from streams.feed import FeedOptions, feed
from streams.feed.fraud import PATTERNS, Scene

START: Final = datetime(2024, 1, 1, tzinfo=UTC)
NAMES: Final = (*PATTERNS, "mix")
THEFTS_COUNTED: Final = 500


def draw(  # noqa: PLR0913 -- the options of the command
    name: str, seed: int, *, attempts: int = 400_000, customers: int = 6_000, days: int = 45, share: float = 0.01
) -> list[Payment]:
    """A table in time order; about `share` of the attempts are fraud."""
    played = [*PATTERNS] if name == "mix" else [name]
    each = sum(_attempts(pattern) for pattern in played) / len(played)
    options = FeedOptions(
        start=START,
        seed=seed,
        orders=attempts,
        customers=customers,
        orders_per_second=attempts / (days * DAY),
        on_account=0.0,
        fraud=share / each,
        fraud_patterns=dict.fromkeys(played, 1.0),
        labels=1.0,
        duplicates=0.0,
        late=0.0,
        out_of_order=0.0,
        malformed=0.0,
    )
    return _joined(options)


def _attempts(pattern: str) -> float:
    """How many attempts a theft is, with the order that it begins with."""
    random = Random(pattern)
    scene = Scene("card", 5_000, 30.0 * DAY, lambda: "till", lambda: "stranger")
    return 1 + sum(len([*PATTERNS[pattern](random, scene)]) for _ in range(THEFTS_COUNTED)) / THEFTS_COUNTED


def _joined(options: FeedOptions) -> list[Payment]:
    """Attempts with the truth of their labels."""
    attempts, truth, decode = [], {}, msgspec.json.Decoder().decode
    for record in feed(options):
        if record.topic == "transactions":
            event = decode(record.value)
            attempts.append((event["timestamp"], event["data"]))
        elif record.topic == "transaction-labels":
            data = decode(record.value)["data"]
            truth[data["transaction_id"]] = int(data["fraud"])
    numbers: dict[str, int] = {}
    return sorted(
        Payment(
            int((datetime.fromisoformat(at) - START).total_seconds()),
            numbers.setdefault(data["card_id"], len(numbers)),
            numbers.setdefault(data["terminal_id"], len(numbers)),
            round(100 * data["amount"]),
            truth[data["transaction_id"]],
        )
        for at, data in attempts
    )


if __name__ == "__main__":
    command(__doc__, NAMES, draw)
