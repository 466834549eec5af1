"""What a card's own history says of an attempt, as codes, and the history after it.

The features are the handbook's (amount, counts and sums over windows, hour) and what holds for any shop: the amount
against a mean that ignores outliers, time since the last use, how new the place is, oddities of the last weeks. Who
asks: `desk_card.py`. What the terminal adds: `terminal.py`.
"""

from math import atan2, cos, hypot, pi, sin
from typing import Final
from zlib import crc32

from msgspec.structs import replace

from streams.rules.fraud.codes import (
    MIDDLE,
    RATIO_STEPS,
    TOP,
    age_code,
    count_code,
    money_code,
    ratio_code,
    share_code,
    signed_code,
)
from streams.rules.fraud.fade import DAY, MONTH, added, factors, faded, share
from streams.rules.fraud.rows import Card

NAMES: Final = (
    "amount", "hour", "ratio", "distance", "idle",
    "count_1h", "count_6h", "count_1d", "count_7d", "sum_1h", "sum_6h", "sum_1d", "sum_7d", "surge",
    "hour_off", "hour_habit", "place", "same", "alike", "again", "distinct", "roaming", "fresh",
    "odd_1d", "odd_7d", "odd_30d", "odd_age", "small", "bad", "bad_age", "seen",
)  # fmt: skip
RATIO: Final = NAMES.index("ratio")
BAD: Final = NAMES.index("bad")

RECENT: Final = 24  # attempts among which the same place and the same amount are looked for
LATEST: Final = 8  # attempts, this one included, whose different terminals are counted
PLACES: Final = 48  # terminals remembered: a month or two of an ordinary card
MEAN_OVER: Final = 60  # amounts the mean follows: habits change over a season
HABIT_OVER: Final = 40  # attempts the habits of hour and place follow
KNOWN: Final = 30  # attempts: a card is no longer new, and its age must not tell the date
SMALL: Final = 0.15  # of the mean: an amount that only tries whether the card works
HOUR_STEPS: Final = 8  # three hours: a finer clock would let the forest remember single thefts by their time
ODD_AT: Final = 2.8  # times the mean: half odd; a spread of half the mean puts it beyond three and a half spreads
ODDNESS: Final = tuple(1.0 / (1.0 + (ODD_AT / 2 ** ((code - MIDDLE) / RATIO_STEPS)) ** 8) for code in range(256))
"""How odd an amount is, 0 to 1, by the code of its ratio to the mean."""
HEALING: Final = 0.3  # of a step upward, for each odd amount
TURN: Final = 2 * pi


def hashed(name: str) -> int:
    """A place or a visitor, in 16 bits, the same in every process."""
    return crc32(name.encode()) & 0xFFFF


def measure(card: Card, now: int, amount: int, terminal_id: str) -> tuple[list[int], Card]:
    """The codes of an attempt at `now` ms, in the order of `NAMES`, and the card after it."""
    left = factors(now, card.last)
    counts = added(faded(card.counts, left), 1.0)
    sums = added(faded(card.sums, left), float(amount))
    odd = faded(card.odd, left)
    small, fresh = card.small * left[1], card.fresh * left[2]
    mean = card.mean or float(amount)
    opened, where = card.opened or now, hashed(terminal_id)
    rank = card.places.index(where) if where in card.places else PLACES
    clock = now % DAY
    angle = TURN * clock / DAY
    ratio, money = ratio_code(amount, mean), money_code(amount)
    codes = [
        money, clock * HOUR_STEPS // DAY,
        ratio, signed_code((amount - mean) / card.spread if card.spread else 0.0), age_code(now, card.last),
        count_code(counts[0]), count_code(counts[1]), count_code(counts[2]), count_code(counts[3]),
        ratio_code(sums[0], mean), ratio_code(sums[1], mean), ratio_code(sums[2], mean), ratio_code(sums[3], mean),
        ratio_code(counts[2], counts[4] * share(now - opened, DAY, MONTH)),
        share_code(_turn(card, angle)), share_code(hypot(card.cosine, card.sine)),
        rank, *_returning(card, where, money),
        share_code(card.roaming), count_code(fresh), count_code(odd[2]), count_code(odd[3]), count_code(odd[4]),
        age_code(now, card.odd_last), count_code(small), count_code(card.bad), age_code(now, card.bad_last),
        count_code(min(card.seen, KNOWN)),
    ]  # fmt: skip
    weight = ODDNESS[ratio]
    return codes, replace(
        card,
        **_usual_amount(card, amount, mean, weight),
        **_usual_hour_and_place(card, angle, new=rank == PLACES),
        seen=card.seen + 1,
        opened=opened,
        last=max(now, card.last),
        counts=counts,
        sums=sums,
        odd=added(odd, weight),
        odd_last=max(now, card.odd_last) if weight > 0.5 else card.odd_last,
        small=small + (amount < SMALL * mean),
        fresh=fresh + (rank == PLACES),
        places=_visited(card.places, where, rank),
        recent=(where, *card.recent)[:RECENT],
        amounts=(bytes((money,)) + card.amounts)[:RECENT],
    )


def _returning(card: Card, where: int, money: int) -> tuple[int, int, int, int]:
    """How many of the latest attempts were here, how many for about this amount, and how many both; and their places.

    About this amount: the next code at most, so within 9 to 19 percent. Places: different ones of the very latest.
    """
    places, amounts = card.recent, card.amounts
    near = bytes((max(money - 1, 0), money, min(money + 1, TOP)))
    here = places.count(where)
    alike = len(amounts) - len(amounts.translate(None, near))
    both, place = 0, -1
    for _ in range(here):
        place = places.index(where, place + 1)
        both += amounts[place] in near
    return here, alike, both, len({where, *places[: LATEST - 1]})


def _visited(places: tuple[int, ...], where: int, rank: int) -> tuple[int, ...]:
    return (where, *places[:rank], *places[rank + 1 :]) if rank < PLACES else (where, *places[: PLACES - 1])


def _turn(card: Card, angle: float) -> float:
    """How far the hour is from the card's usual hour: 0 the same, 1 the other side of the clock."""
    if not card.seen:
        return 0.0
    return abs((angle - atan2(card.sine, card.cosine) + pi) % TURN - pi) / pi


def _usual_hour_and_place(card: Card, angle: float, *, new: bool) -> dict[str, float]:
    """What changes of when the card is used, and of how often at terminals new to it."""
    rate = 1.0 / min(card.seen + 1, HABIT_OVER)
    return {
        "roaming": card.roaming + (new - card.roaming) * rate,
        "cosine": card.cosine + (cos(angle) - card.cosine) * rate,
        "sine": card.sine + (sin(angle) - card.sine) * rate,
    }


def _usual_amount(card: Card, amount: int, mean: float, weight: float) -> dict[str, float]:
    """What changes of the card's amounts. An odd amount moves the mean a little, so that a wrong mean heals."""
    step = 1.0 / min(card.ordinary + 1, MEAN_OVER)
    if weight >= 0.5:
        return {"mean": mean * (1.0 + HEALING * step)}
    return {
        "ordinary": card.ordinary + 1,
        "mean": mean + (amount - mean) * step,
        "spread": card.spread + (abs(amount - mean) - card.spread) * step,
    }
