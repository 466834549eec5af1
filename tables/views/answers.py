"""What all answers have in common: they are frozen, and they tell times as people read them."""

from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Answer(BaseModel):
    """The base of every answer."""

    model_config = ConfigDict(frozen=True)


def moment(milliseconds: int) -> datetime | None:
    """The instant of a row's time; rows say 0 for never."""
    return EPOCH + timedelta(milliseconds=milliseconds) if milliseconds else None
