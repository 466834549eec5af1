"""Who buys. A customer is a number; name, telephone and cards follow from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.feed.record import Draft, draft

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from streams.feed.options import FeedOptions

DECLINED_CARD = "DECLINE-"
"""A card with this prefix has no money: the sandbox convention of the payments rules."""
WAIT_SECONDS = (1.0, 30.0)
"""How long after her first order a late customer becomes known."""
_FIRST = ("Ada", "Ben", "Chi", "Dora", "Emil", "Femi", "Greta", "Hugo", "Ines", "Jonas", "Kira", "Liam", "Mina", "Noor")
_LAST = ("Abel", "Berg", "Costa", "Diaz", "Ek", "Fischer", "Gomez", "Haas", "Ito", "Jansen", "Khan", "Lund", "Moreau")
_LOCALES = ("en-GB", "de-DE", "fr-FR", "es-ES")


def customer_id(number: int) -> str:
    return f"C-{number:06d}"


def card_id(number: int, *, declined: bool) -> str:
    return f"{DECLINED_CARD if declined else ''}K-{number:06d}"


class People:
    """Customers, each introduced once, when she first orders or a little later."""

    def __init__(self, options: FeedOptions, random: Random) -> None:
        self._random = random
        self._size = options.customers
        self._late = options.late_customers
        self._known: set[int] = set()

    def someone(self) -> int:
        return self._random.randrange(self._size)

    def introduce(self, number: int, at: float) -> Iterator[Draft]:
        """A `UserCreated`, the first time that this customer is seen."""
        if number in self._known:
            return
        self._known.add(number)
        wait = self._random.uniform(*WAIT_SECONDS) if self._random.random() < self._late else 0.0
        data = {
            "customer_id": customer_id(number),
            "name": f"{_FIRST[number % len(_FIRST)]} {_LAST[number % len(_LAST)]}",
            "phone": f"+4915{number:09d}",
            "locale": _LOCALES[number % len(_LOCALES)],
        }
        yield draft("customers", data["customer_id"], "UserCreated", data, at + wait)
