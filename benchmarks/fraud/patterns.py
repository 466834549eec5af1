"""Draws of labelled transactions: the handbook's three patterns, and five others that need no terminal state or no
amount.

A draw is made of a seed, so anyone can judge the scorer on data that nobody tuned on. Output: the table
seconds,card,terminal,cents,fraud in time order, on standard output.

    python -m benchmarks.fraud.patterns bursts --seed 5 > table.csv

The handbook's world: Le Borgne et al., Reproducible Machine Learning for Credit Card Fraud Detection, chapter 3.
"""

import argparse
import csv
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import exp
from random import Random
from typing import Final, NamedTuple

DAY: Final = 86_400
HOUR: Final = 3_600


class Payment(NamedTuple):
    """One row of the table."""

    seconds: int
    card: int
    terminal: int
    cents: int
    fraud: int


@dataclass(frozen=True)
class Town:
    """Who pays where. Amounts in units of currency.

    Attributes:
        means: usual amount by card. rates: payments a day by card. near: terminals that a card may use.
    """

    days: int
    terminals: int
    means: list[float]
    rates: list[float]
    near: list[list[int]]


def town(random: Random, cards: int, terminals: int, days: int) -> Town:
    """Cards with a mean of 5 to 100, up to 4 payments a day, and about 40 terminals each."""
    near = [random.sample(range(terminals), min(terminals, random.randint(5, 80))) for _ in range(cards)]
    means, rates = [random.uniform(5, 100) for _ in range(cards)], [random.uniform(0, 4) for _ in range(cards)]
    return Town(days, terminals, means, rates, near)


def _poisson(random: Random, mean: float) -> int:
    limit, product, count = exp(-mean), random.random(), 0
    while product > limit:
        product *= random.random()
        count += 1
    return count


def honest(random: Random, place: Town) -> Iterator[Payment]:
    """The handbook's customers: normal amounts, noon in the middle of a normal day."""
    for card, mean in enumerate(place.means):
        for day in range(place.days):
            for _ in range(_poisson(random, place.rates[card])):
                second = random.normalvariate(DAY / 2, 20_000)
                amount = random.normalvariate(mean, mean / 2)
                if 0 < second < DAY:
                    cents = round(100 * (amount if amount > 0 else random.uniform(0, 2 * mean)))
                    yield Payment(day * DAY + int(second), card, random.choice(place.near[card]), cents, 0)


def handbook(random: Random, place: Town) -> list[Payment]:
    """Amounts above 220; two terminals a day for 28 days; three cards a day for 14 days, a third of them times five.

    The numbers of terminals and cards a day are the handbook's per 10 000 terminals and 5 000 cards.
    """
    bad_until, stolen_until, rows = [0] * place.terminals, [0] * len(place.means), []
    by_day: list[list[Payment]] = [[] for _ in range(place.days)]
    for payment in honest(random, place):
        by_day[payment.seconds // DAY].append(payment)
    for day, today in enumerate(by_day):
        for _ in range(_poisson(random, place.terminals / 5_000)):
            bad_until[random.randrange(place.terminals)] = day + 28
        for _ in range(_poisson(random, len(place.means) * 3 / 5_000)):
            stolen_until[random.randrange(len(place.means))] = day + 14
        for payment in today:
            raised = stolen_until[payment.card] > day and random.random() < 1 / 3
            cents = payment.cents * (5 if raised else 1)
            fraud = raised or cents > 22_000 or bad_until[payment.terminal] > day
            rows.append(payment._replace(cents=cents, fraud=int(fraud)))
    return rows


def bursts(random: Random, place: Town, card: int, at: int) -> Iterator[Payment]:
    """Large purchases in one night, wherever the card has never been."""
    second = at // DAY * DAY + random.randint(0, 4 * HOUR)
    for _ in range(random.randint(5, 12)):
        yield _theft(random, place, card, second, random.uniform(2, 6))
        second += random.randint(60, 1_200)


def takeover(random: Random, place: Town, card: int, at: int) -> Iterator[Payment]:
    """A stranger uses the card for three days, for somewhat more, in places of his own."""
    haunts = random.sample(range(place.terminals), 3)
    for _ in range(random.randint(8, 20)):
        second = at + random.randint(0, 3 * DAY)
        yield _theft(random, place, card, second, random.uniform(1.5, 4))._replace(terminal=random.choice(haunts))


def testing(random: Random, place: Town, card: int, at: int) -> Iterator[Payment]:
    """Small amounts within minutes, to see whether the card works, then one large purchase."""
    terminal, second = random.randrange(place.terminals), at
    for _ in range(random.randint(4, 10)):
        yield Payment(second, card, terminal, random.randint(50, 200), 1)
        second += random.randint(10, 240)
    yield _theft(random, place, card, second + random.randint(600, 2 * HOUR), random.uniform(4, 8))


def skimming(random: Random, place: Town, card: int, at: int) -> Iterator[Payment]:  # noqa: ARG001 - the shape of a theft
    """A terminal copies cards for ten days; copies are used there at night, two or three times what is usual."""
    terminal = random.randrange(place.terminals)
    for _ in range(random.randint(30, 60)):
        copied = random.randrange(len(place.means))
        second = (at // DAY + random.randint(0, 9)) * DAY + random.randint(0, 5 * HOUR)
        yield _theft(random, place, copied, second, random.uniform(1.5, 3))._replace(terminal=terminal)


def collusion(random: Random, place: Town, card: int, at: int) -> Iterator[Payment]:
    """A few cards and one terminal pass money among themselves for two weeks, in equal amounts."""
    terminal, amount = random.randrange(place.terminals), random.uniform(80, 200)
    ring = [card, *random.sample(range(len(place.means)), 3)]
    for member in ring:
        for _ in range(random.randint(8, 16)):
            cents = round(100 * amount * random.uniform(0.95, 1.05))
            yield Payment(at + random.randint(0, 14 * DAY), member, terminal, cents, 1)


def _theft(random: Random, place: Town, card: int, second: int, times: float) -> Payment:
    cents = round(100 * place.means[card] * times)
    return Payment(second, card, random.randrange(place.terminals), cents, 1)


Theft = Callable[[Random, Town, int, int], Iterator[Payment]]
THEFTS: Final[dict[str, Theft]] = {
    "bursts": bursts,
    "takeover": takeover,
    "testing": testing,
    "skimming": skimming,
    "collusion": collusion,
}
NAMES: Final = ("handbook", *THEFTS, "mix")


def draw(  # noqa: PLR0913 -- the options of the command
    name: str, seed: int, *, cards: int = 1_000, terminals: int = 1_000, days: int = 60, share: float = 0.01
) -> list[Payment]:
    """A table in time order; `share` of the payments are fraud, but in the handbook's world, which has its own."""
    random = Random(seed)
    place = town(random, cards, terminals, days)
    if name == "handbook":
        return sorted(handbook(random, place))
    thefts = [*THEFTS.values()] if name == "mix" else [THEFTS[name]]
    rows = list(honest(random, place))
    wanted = round(len(rows) * share)
    while wanted > 0:
        theft = random.choice(thefts)
        stolen = [*theft(random, place, random.randrange(cards), random.randrange(days * DAY))]
        rows += [payment for payment in stolen if payment.seconds < days * DAY]
        wanted -= len(stolen)
    return sorted(rows)


def command(about: str | None, names: Sequence[str], draw: Callable[..., list[Payment]]) -> None:
    """A command line that writes a draw as a table; what `draw` takes by keyword is an option."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=names)
    parser.add_argument("--seed", type=int, default=1)
    for option, usual in (draw.__kwdefaults__ or {}).items():
        parser.add_argument(f"--{option}", type=type(usual), default=usual)
    rows = draw(**vars(parser.parse_args()))
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(Payment._fields)
    out.writerows(rows)


if __name__ == "__main__":
    command(__doc__, NAMES, draw)
