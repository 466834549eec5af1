"""The payment gateway's answer, as a sandbox gives it: test cards say what will happen to them.

A shop that goes live puts its gateway's answer here; nothing else changes.
"""

from typing import Final

from streams.rules.payments.rows import Outcome

TEST_CARDS: Final[dict[str, Outcome]] = {"DECLINE-": "declined", "UNREACHABLE-": "gateway_error"}
"""Card ids with such a prefix never pay; every other card does."""


def charge(card_id: str) -> Outcome:
    """What the gateway says when a card that is not suspicious is charged."""
    for prefix, outcome in TEST_CARDS.items():
        if card_id.startswith(prefix):
            return outcome
    return "authorised"
