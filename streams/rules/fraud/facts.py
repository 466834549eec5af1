"""What the fraud service says to itself: the road from a card to a terminal.

Card state is keyed by card and terminal state by terminal, so an attempt makes two hops. Hop one (`desk_card.py`)
writes what the card knows into `CardAssessed`; the topic `fraud.by-terminal` carries it, and the labels, to hop two
(`desk_terminal.py`). Where a customer rule is on, `CustomerAsked` goes round by the customer's key first.
"""

from typing import Annotated

from annotated_types import Ge, Le
from pydantic import Strict

from streams.events.base import Fact, Flag, Id, Millis, Money, Number, Score, Value, Version
from streams.rules.fraud.codes import TOP

Code = Annotated[int, Strict(), Ge(0), Le(TOP)]
"""What a feature says, in a byte: `codes.py`."""


class Spoken(Value):
    """A rule of an analyst that matched the attempt; a shadow rule is only counted."""

    rule_id: Id
    version: Version
    weight: Number
    text: str
    shadow: Flag = False


class CardAssessed(Fact):
    """An attempt with what its card's history says: one code per feature, in the order of `card.NAMES`."""

    transaction_id: Id
    card_id: Id
    terminal_id: Id
    amount: Money
    order_id: Id | None = None
    customer_id: Id | None = None
    codes: tuple[Code, ...]
    spoken: tuple[Spoken, ...]


class CustomerAsked(CardAssessed):
    """An assessed attempt that the rules about its customer must see before the terminal does."""

    customer_id: Id


class TerminalLabelled(Fact):
    """A label on its way to the terminal; `blame` is how far the card does not explain the fraud."""

    transaction_id: Id
    card_id: Id
    terminal_id: Id
    attempted: Millis
    amount: Money
    fraud: Flag
    blame: Score


class AttemptForgotten(Fact):
    """No label can come for this attempt any more: hop two drops what it kept for one."""

    transaction_id: Id
    terminal_id: Id
