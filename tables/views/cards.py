"""`/cards/{card_id}`: what the fraud service knows of a card, before terminals are asked."""

from datetime import datetime

from fastapi import APIRouter

from streams.events.base import Money
from tables.fraud import cards
from tables.views.answers import Answer, moment
from tables.views.asking import Looking
from tables.views.documents import refusals

router = APIRouter(tags=["cards"])


class CardHabits(Answer):
    """A card's habits. Odd attempts are counted, but keep out of the mean and the spread."""

    card_id: str
    attempts: int
    ordinary_attempts: int
    mean_amount: float
    amount_spread: float
    frauds: float
    last_attempt_at: datetime | None
    last_odd_at: datetime | None
    last_fraud_at: datetime | None


@router.get("/cards/{card_id:path}", responses=refusals(400, 404, 504))
async def habits_of_card(card_id: str, look: Looking) -> CardHabits:
    """How a card is used. Amounts are units of currency; `frauds` are those that the card explains, not a terminal."""
    row = await look(cards, card_id)
    return CardHabits(
        card_id=card_id,
        attempts=row.seen,
        ordinary_attempts=row.ordinary,
        mean_amount=Money(round(row.mean)).units,
        amount_spread=Money(round(row.spread)).units,
        frauds=row.bad,
        last_attempt_at=moment(row.last),
        last_odd_at=moment(row.odd_last),
        last_fraud_at=moment(row.bad_last),
    )
