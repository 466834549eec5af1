"""Cards: what was spent with one, and how many of its payments failed within minutes.

A failed payment names its transaction but no card, so attempt and failure meet by transaction first.
"""

from collections.abc import Iterable, Iterator

from streams.events.base import Event, Fact, quick
from streams.events.payments import PaymentFailed, TransactionAttempted
from streams.rules.insights.desk import JOIN, Desk, Sample, count, too_late
from streams.rules.insights.facts import AttemptSeen, CardFailed, FailureSeen
from streams.rules.insights.measures import card_failures, failed_attempts, spending_hour
from streams.rules.insights.rows import Seen
from streams.rules.timers import due
from streams.windows import Late, Pair

attempt_seen = quick(AttemptSeen)
failure_seen = quick(FailureSeen)
card_failed = quick(CardFailed)


def attempt(event: Event[TransactionAttempted], desk: Desk) -> Iterator[Fact]:
    """Count what a card spends, and send the attempt to its transaction. The same attempt again changes nothing."""
    tried = event.data
    if not _is_new(f"attempt/{tried.transaction_id}", event.time, desk):
        return
    value = {"attempts": 1, "amount": int(tried.amount)}
    yield from count(event, spending_hour, Sample(tried.card_id, event.time, value), desk)
    yield attempt_seen(lane=desk.place.lane, transaction_id=tried.transaction_id, card_id=tried.card_id)


def fail(event: Event[PaymentFailed], desk: Desk) -> Iterator[Fact]:
    """Send a failure to its transaction, once."""
    if _is_new(f"failure/{event.data.transaction_id}", event.time, desk):
        yield failure_seen(lane=desk.place.lane, transaction_id=event.data.transaction_id)


def join_attempt(event: Event[AttemptSeen], desk: Desk) -> Iterator[Fact]:
    """An attempt meets the failure that was read before it, or waits for one."""
    seen, watermark = event.data, desk.place.watermark(event)
    rows = desk.windows[JOIN]
    yield from _joined(
        event, failed_attempts.left(event.time, seen.transaction_id, seen.card_id, rows, watermark), desk
    )


def join_failure(event: Event[FailureSeen], desk: Desk) -> Iterator[Fact]:
    """A failure meets its attempt, or waits for it."""
    transaction, watermark = event.data.transaction_id, desk.place.watermark(event)
    rows = desk.windows[JOIN]
    yield from _joined(event, failed_attempts.right(event.time, transaction, None, rows, watermark), desk)


def count_failure(event: Event[CardFailed], desk: Desk) -> Iterator[Fact]:
    """Count a failed payment of a card."""
    failed = event.data
    return count(event, card_failures, Sample(failed.card_id, failed.at, {"failed": 1}), desk)


def _is_new(key: str, time: int, desk: Desk) -> bool:
    if key in desk.seen:
        return False
    desk.seen[key] = Seen(time)
    desk.timers.set(f"seen/{key}", due(desk.timers, time, desk.policy.retention))
    return True


def _joined(event: Event[AttemptSeen | FailureSeen], said: Iterable[Pair | Late], desk: Desk) -> Iterator[Fact]:
    for one in said:
        if isinstance(one, Late):
            yield too_late(event, JOIN, one, desk)
        else:
            yield card_failed(lane=desk.place.lane, card_id=one.left, at=one.time)
