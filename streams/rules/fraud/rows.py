"""What the fraud service remembers: small frozen rows, one per card, per attempt and per terminal.

Every row is bounded: counters that forget (`fade.py`) instead of buckets, short tuples of the latest visitors instead
of sets. Times are ms since the epoch, 0 for never; money is in minor units.
"""

from msgspec import Struct

from streams.rules.fraud.fade import NOTHING, Fading


class Card(Struct, frozen=True, array_like=True, gc=False):
    """A card's habits and its latest oddities.

    Attributes:
        opened: the first attempt.
        ordinary: how many amounts `mean` and `spread` rest on; odd amounts are kept out of both.
        spread: mean distance of ordinary amounts from their mean.
        counts: attempts. sums: their amounts. odd: how odd their amounts were.
        small: attempts far below the mean. fresh: attempts at terminals new to the card; roaming: their usual share.
        cosine: the card's hour of the day as a mean direction on the clock, with `sine`.
        places: the latest terminals, each once, newest first, as hashes.
        recent: terminals of the latest attempts, newest first; amounts: of the same, as codes.
        bad: frauds that the card explains.
        oldest: the first and last attempt that a label may still reach, with `newest`.
    """

    seen: int = 0
    opened: int = 0
    last: int = 0
    ordinary: int = 0
    mean: float = 0.0
    spread: float = 0.0
    counts: Fading = NOTHING
    sums: Fading = NOTHING
    odd: Fading = NOTHING
    odd_last: int = 0
    small: float = 0.0
    fresh: float = 0.0
    roaming: float = 0.0
    cosine: float = 0.0
    sine: float = 0.0
    places: tuple[int, ...] = ()
    recent: tuple[int, ...] = ()
    amounts: bytes = b""
    bad: float = 0.0
    bad_last: int = 0
    oldest: str = ""
    newest: str = ""


class Attempt(Struct, frozen=True, array_like=True, gc=False):
    """One attempt: proof that it was answered, and what a label must know of it. Kept until the card is used after
    `desk_card.RETENTION`; so those of a card that is never used again stay.

    Attributes:
        ratio: the code of the amount against the card's mean.
        label: -1 none yet, 0 genuine, 1 fraud.
        following: the card's next attempt, so that old ones are forgotten in order.
    """

    time: int
    terminal_id: str = ""
    amount: int = 0
    ratio: int = 0
    label: int = -1
    following: str = ""

    @property
    def is_made(self) -> bool:
        """False: there is only its label so far, and `time` is the label's."""
        return bool(self.terminal_id)


class Terminal(Struct, frozen=True, array_like=True, gc=False):
    """A terminal's traffic, and the state of its current run of frauds.

    Attributes:
        opened: the first attempt.
        rush: attempts of the last minutes. odd_rush: how odd their amounts were.
        tainted: attempts by cards with a known fraud. visitors: the latest cards, newest first, as hashes.
        labelled: time of the latest label, for `bad` and `good`, the labelled frauds (by blame) and genuine attempts.
        genuine: the latest genuine attempt. before: the same when the run began.
        first: the run's first and `latest` fraud. run: the blame of its frauds. since: genuine attempts after them.
    """

    seen: int = 0
    opened: int = 0
    last: int = 0
    mean: float = 0.0
    rush: float = 0.0
    odd_rush: float = 0.0
    counts: Fading = NOTHING
    odd: Fading = NOTHING
    small: float = 0.0
    tainted: float = 0.0
    visitors: tuple[int, ...] = ()
    labelled: int = 0
    bad: Fading = NOTHING
    good: Fading = NOTHING
    genuine: int = 0
    before: int = 0
    first: int = 0
    latest: int = 0
    run: float = 0.0
    since: int = 0


class Scored(Struct, frozen=True, array_like=True, gc=False):
    """What was known when an attempt was scored, kept until its label has taught the model.

    Attributes:
        codes: one byte per feature, as in `features.NAMES`.
        detection: event id of the `FraudDetected`, or empty. order_id: for the event that clears it.
        matched: the rules that matched, as `id@version`.
    """

    codes: bytes
    score: float
    detection: str = ""
    order_id: str = ""
    matched: tuple[str, ...] = ()
