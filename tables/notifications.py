"""What notifications remembers. `streams/rules/notifications/rows.py` says what the rows mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.engine import Table
from streams.rules.notifications.memory import Memory
from streams.rules.notifications.rows import Message, Queue, Recipient

if TYPE_CHECKING:
    from streams.engine import Transaction

recipients: Final[Table[Recipient]] = Table("recipients", Recipient)
messages: Final[Table[Message]] = Table("messages", Message)
queues: Final[Table[Queue]] = Table("queues", Queue)

ALL: Final = (recipients, messages, queues)


def memory(tx: Transaction) -> Memory:
    """What the rules work on, in this transaction."""
    return Memory(tx[recipients], tx[messages], tx[queues], tx.timers)
