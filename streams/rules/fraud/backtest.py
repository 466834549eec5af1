"""What would a rule have caught? The rule alone, over recorded attempts in order, against the labels that came.

`millrace rules back-test` shows the answer before anyone switches the rule on. The evaluation is the one of
`live.py`.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from streams.events.base import Event
from streams.events.fraud import FraudRuleChanged
from streams.events.payments import TransactionAttempted
from streams.rules.fraud.live import Window, fields_of, heard


class Caught(NamedTuple):
    """What a rule matched. Amounts in minor units.

    Attributes:
        attempts: those shown. matched: those on which it spoke; of them frauds, genuine, and the rest without a label.
        all_frauds: labelled frauds among those shown.
        saved: the amounts of the frauds it matched. disturbed: of the genuine attempts it matched.
    """

    attempts: int = 0
    matched: int = 0
    frauds: int = 0
    genuine: int = 0
    all_frauds: int = 0
    saved: int = 0
    disturbed: int = 0

    @property
    def precision(self) -> float | None:
        """Of the labelled matches, the share that was fraud; None without any."""
        labelled = self.frauds + self.genuine
        return self.frauds / labelled if labelled else None

    @property
    def recall(self) -> float | None:
        """Of the labelled frauds, the share that was matched; None without any."""
        return self.frauds / self.all_frauds if self.all_frauds else None


def back_test(
    rule: FraudRuleChanged,
    attempts: Iterable[Event[TransactionAttempted]],
    labels: Mapping[str, bool],
    since: int | None = None,
) -> Caught:
    """Run a rule over attempts in event-time order.

    `labels`: fraud or not, by transaction id, as far as known. Attempts before `since` (ms) only fill the windows.
    """
    windows: dict[str, Window] = {}
    total = Caught()
    for attempt in attempts:
        matched = bool(heard((rule,), windows, attempt.time, fields_of(attempt.data)))
        if since is not None and attempt.time < since:
            continue
        total = _booked(total, attempt.data.amount, labels.get(attempt.data.transaction_id), matched=matched)
    return total


def _booked(total: Caught, amount: int, fraud: bool | None, *, matched: bool) -> Caught:  # noqa: FBT001 - three answers
    caught, wrong = matched and fraud is True, matched and fraud is False
    return Caught(
        total.attempts + 1,
        total.matched + matched,
        total.frauds + caught,
        total.genuine + wrong,
        total.all_frauds + (fraud is True),
        total.saved + amount * caught,
        total.disturbed + amount * wrong,
    )
