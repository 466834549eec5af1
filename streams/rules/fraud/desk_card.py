"""Hop one, keyed by card: measure an attempt against its card, and send labels on to the terminal they concern.

The attempt's own row answers a producer's retry (the same transaction id gets no second verdict) and tells a label,
days later, which terminal it is about. A label may also be read before its attempt, when both have waited in their
topics: then it waits in that row. Attempts are forgotten in order, when no label can come any more. The story continues
in `desk_terminal.py`.
"""

from collections.abc import Callable, Generator, Iterator
from typing import Final, NamedTuple

from msgspec.structs import replace

from streams.events.base import Event, Fact, Money, quick
from streams.events.payments import TransactionAttempted, TransactionLabelled
from streams.rules import Rows
from streams.rules.fraud.card import ODDNESS, RATIO, measure
from streams.rules.fraud.facts import AttemptForgotten, CardAssessed, CustomerAsked, Spoken, TerminalLabelled
from streams.rules.fraud.fade import DAY, factors
from streams.rules.fraud.live import NO_RULES, Window, fields_of, heard
from streams.rules.fraud.rows import Attempt, Card
from streams.rules.fraud.rulebook import Rules

RETENTION: Final = 60 * DAY  # a label later than this finds nothing to teach; a retry later than this is a new attempt
FORGET_AT_ONCE: Final = 4  # old attempts dropped per new one: a card that sleeps for months catches up in steps
MONTH_MEMORY: Final = 4  # index of the thirty-day memory in `fade.factors`
ODD: Final = 0.3  # oddness from which a fraud is the card's own
SHARED: Final = 2.0  # how much other oddities of the card take from the terminal's blame

card_assessed, customer_asked = quick(CardAssessed), quick(CustomerAsked)
terminal_labelled, attempt_forgotten = quick(TerminalLabelled), quick(AttemptForgotten)


class CardDesk(NamedTuple):
    """The rows of one partition of cards, and the rules in force at this place in the stream."""

    cards: Rows[Card]
    attempts: Rows[Attempt]
    windows: Rows[Window]
    rules: Rules = NO_RULES


def assess(event: Event[TransactionAttempted], desk: CardDesk) -> Iterator[Fact]:
    """Answer an attempt with what its card says; a second attempt with the same id is not answered."""
    attempt = event.data
    row = desk.attempts.get(attempt.transaction_id)
    if row is not None and row.is_made:
        return
    now = event.time
    card = desk.cards.get(attempt.card_id) or _NEW
    card = yield from _forgotten(desk, card, now)
    row = desk.attempts.get(attempt.transaction_id)  # a label that waits, if it was not forgotten just now
    codes, card = measure(card, now, attempt.amount, attempt.terminal_id)
    made = Attempt(now, attempt.terminal_id, int(attempt.amount), codes[RATIO], following=row.following if row else "")
    desk.cards[attempt.card_id] = card if row else _queued(desk, card, attempt.transaction_id)
    desk.attempts[attempt.transaction_id] = made
    speaking = desk.rules.speaking
    words = heard(speaking["card_id"], desk.windows, now, fields_of(attempt)) if "card_id" in speaking else ()
    yield _assessed(attempt, codes, words, round_trip="customer_id" in speaking)
    if row is not None:
        yield from _told(attempt.transaction_id, attempt.card_id, desk, fraud=row.label == 1)


def _assessed(attempt: TransactionAttempted, codes: list[int], words: tuple[Spoken, ...], *, round_trip: bool) -> Fact:
    fact: Callable[..., Fact] = customer_asked if round_trip and attempt.customer_id else card_assessed
    return fact(
        transaction_id=attempt.transaction_id,
        card_id=attempt.card_id,
        terminal_id=attempt.terminal_id,
        amount=attempt.amount,
        order_id=attempt.order_id,
        customer_id=attempt.customer_id,
        codes=tuple(codes),
        spoken=words,
    )


def ask_customer(event: Event[CustomerAsked], desk: CardDesk) -> Iterator[Fact]:
    """Let the rules about customers hear an attempt, at the customer's own partition, and send it on."""
    asked = event.data
    words = heard(desk.rules.speaking.get("customer_id", ()), desk.windows, event.time, fields_of(asked))
    yield card_assessed(
        transaction_id=asked.transaction_id,
        card_id=asked.card_id,
        terminal_id=asked.terminal_id,
        amount=asked.amount,
        order_id=asked.order_id,
        customer_id=asked.customer_id,
        codes=asked.codes,
        spoken=asked.spoken + words,
    )


def label(event: Event[TransactionLabelled], desk: CardDesk) -> Iterator[Fact]:
    """Learn the truth of an attempt, and tell its terminal. A label that says nothing new is dropped.

    One without an attempt waits for it, as long as an attempt would be remembered.
    """
    told = event.data
    row = desk.attempts.get(told.transaction_id)
    if row is not None and row.is_made:
        yield from _told(told.transaction_id, told.card_id, desk, fraud=told.fraud)
        return
    if row is None:
        row = Attempt(event.time)
        desk.cards[told.card_id] = _queued(desk, desk.cards.get(told.card_id) or _NEW, told.transaction_id)
    desk.attempts[told.transaction_id] = replace(row, label=int(told.fraud))


def _told(transaction_id: str, card_id: str, desk: CardDesk, *, fraud: bool) -> Iterator[Fact]:
    """Take in the truth of an attempt that was made."""
    attempt, card = desk.attempts[transaction_id], desk.cards.get(card_id)
    if card is None or attempt.label == fraud:
        return
    desk.attempts[transaction_id] = replace(attempt, label=int(fraud))
    odd = ODDNESS[attempt.ratio]
    if odd > ODD:
        desk.cards[card_id] = _known(card, attempt, odd, fraud=fraud)
    yield terminal_labelled(
        transaction_id=transaction_id,
        card_id=card_id,
        terminal_id=attempt.terminal_id,
        attempted=attempt.time,
        amount=Money(attempt.amount),
        fraud=fraud,
        blame=_blame(card, attempt, odd) if fraud else 0.0,
    )


def _known(card: Card, attempt: Attempt, odd: float, *, fraud: bool) -> Card:
    """The card with a fraud of its own, or with one that was none after all."""
    if fraud:
        return replace(card, bad=card.bad + odd, bad_last=max(attempt.time, card.bad_last))
    return replace(card, bad=max(0.0, card.bad - odd)) if attempt.label == 1 else card


def _blame(card: Card, attempt: Attempt, odd: float) -> float:
    """How far the card does not explain a fraud: little when its amounts were odd, this one or others."""
    own = odd * factors(card.last, attempt.time)[MONTH_MEMORY]
    return (1.0 - odd) / (1.0 + SHARED * max(0.0, card.odd[MONTH_MEMORY] - own))


def _queued(desk: CardDesk, card: Card, transaction_id: str) -> Card:
    """The card with an attempt at the end of its queue; its row comes after."""
    previous = desk.attempts.get(card.newest)
    if previous is None:
        return replace(card, oldest=transaction_id, newest=transaction_id)
    desk.attempts[card.newest] = replace(previous, following=transaction_id)
    return replace(card, newest=transaction_id)


def _forgotten(desk: CardDesk, card: Card, now: int) -> Generator[Fact, None, Card]:
    """Drop attempts past retention; hop two hears of those for which it may still keep something."""
    for _ in range(FORGET_AT_ONCE):
        attempt = desk.attempts.get(card.oldest)
        if attempt is None or attempt.time > now - RETENTION:
            break
        del desk.attempts[card.oldest]
        if attempt.is_made and attempt.label != 0:
            yield attempt_forgotten(transaction_id=card.oldest, terminal_id=attempt.terminal_id)
        card = replace(card, oldest=attempt.following)
    return card


_NEW: Final = Card()
