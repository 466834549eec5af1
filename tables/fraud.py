"""What fraud remembers, of cards, of terminals, and what it has learned. The rows: `streams/rules/fraud/rows.py`.

A card's rows live in the card's partition, a terminal's in the terminal's, and every partition learns a model of its
own. Windows of the analysts' rules live where the rule's group does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.engine import Table
from streams.rules.fraud.desk_card import CardDesk
from streams.rules.fraud.desk_terminal import TerminalDesk
from streams.rules.fraud.forest import Forest
from streams.rules.fraud.lessons import Block, Learner, Model
from streams.rules.fraud.live import RuleSet, Window
from streams.rules.fraud.quality import Day, Tally
from streams.rules.fraud.rows import Attempt, Card, Scored, Terminal
from streams.rules.fraud.rulebook import ASKING, DECIDING, RuleBook

if TYPE_CHECKING:
    from streams.engine import Transaction

cards: Final[Table[Card]] = Table("cards", Card)
attempts: Final[Table[Attempt]] = Table("attempts", Attempt)
terminals: Final[Table[Terminal]] = Table("terminals", Terminal)
scored: Final[Table[Scored]] = Table("scored", Scored)
forests: Final[Table[Forest]] = Table("forests", Forest)
learners: Final[Table[Learner]] = Table("learners", Learner)
blocks: Final[Table[Block]] = Table("blocks", Block)
rulebooks: Final[Table[RuleSet]] = Table("rulebooks", RuleSet)
windows: Final[Table[Window]] = Table("windows", Window)
tallies: Final[Table[Tally]] = Table("tallies", Tally)
days: Final[Table[Day]] = Table("days", Day)

ALL: Final = (cards, attempts, terminals, scored, forests, learners, blocks, rulebooks, windows, tallies, days)


def asking(tx: Transaction) -> RuleBook:
    """The rules that cards and customers are measured with, at this place in the stream."""
    return RuleBook(tx[rulebooks], ASKING)


def deciding(tx: Transaction) -> RuleBook:
    """The rules that decide, at this place in the stream."""
    return RuleBook(tx[rulebooks], DECIDING)


def card_desk(tx: Transaction) -> CardDesk:
    """What the rules of the first hop work on, in this transaction."""
    return CardDesk(tx[cards], tx[attempts], tx[windows], asking(tx))


def terminal_desk(tx: Transaction, precision: float) -> TerminalDesk:
    """What the rules of the second hop work on, in this transaction. `precision`: what detections are asked to have."""
    model = Model(tx[forests], tx[learners], tx[blocks], precision)
    return TerminalDesk(tx[terminals], tx[scored], model, tx[windows], tx[tallies], tx[days], deciding(tx))
