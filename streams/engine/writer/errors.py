"""What the broker may refuse, sorted by what the caller must do about it.

Kafka has a hundred error codes and a transaction five reactions: ask again, abort, rejoin the group, stop, find out.
The names of the codes are Kafka's (`org.apache.kafka.common.protocol.Errors`); aiokafka's own table lacks the ones that
transactions of the second generation brought. Who asks again, and for how long: `coordinator.py`.
"""

# ruff: noqa: N818  # an exception is named for the reaction to it

from __future__ import annotations

from enum import IntEnum


class Code(IntEnum):
    """Kafka's error codes, as far as the writer has a reaction to them."""

    NONE = 0
    CORRUPT_MESSAGE = 2
    UNKNOWN_TOPIC_OR_PARTITION = 3
    LEADER_NOT_AVAILABLE = 5
    NOT_LEADER_OR_FOLLOWER = 6
    REQUEST_TIMED_OUT = 7
    MESSAGE_TOO_LARGE = 10
    NETWORK_EXCEPTION = 13  # never on the wire: the client's own word for "no answer came"
    COORDINATOR_LOAD_IN_PROGRESS = 14
    COORDINATOR_NOT_AVAILABLE = 15
    NOT_COORDINATOR = 16
    RECORD_LIST_TOO_LARGE = 18
    NOT_ENOUGH_REPLICAS = 19
    NOT_ENOUGH_REPLICAS_AFTER_APPEND = 20
    ILLEGAL_GENERATION = 22
    UNKNOWN_MEMBER_ID = 25
    REBALANCE_IN_PROGRESS = 27
    TOPIC_AUTHORIZATION_FAILED = 29
    GROUP_AUTHORIZATION_FAILED = 30
    CLUSTER_AUTHORIZATION_FAILED = 31
    UNSUPPORTED_VERSION = 35
    OUT_OF_ORDER_SEQUENCE_NUMBER = 45
    DUPLICATE_SEQUENCE_NUMBER = 46
    INVALID_PRODUCER_EPOCH = 47
    INVALID_TXN_STATE = 48
    INVALID_PRODUCER_ID_MAPPING = 49
    CONCURRENT_TRANSACTIONS = 51
    TRANSACTIONAL_ID_AUTHORIZATION_FAILED = 53
    KAFKA_STORAGE_ERROR = 56
    UNKNOWN_PRODUCER_ID = 59
    FENCED_LEADER_EPOCH = 74
    UNKNOWN_LEADER_EPOCH = 75
    OFFSET_NOT_AVAILABLE = 78
    FENCED_INSTANCE_ID = 82
    UNSTABLE_OFFSET_COMMIT = 88
    PRODUCER_FENCED = 90
    FENCED_MEMBER_EPOCH = 110
    STALE_MEMBER_EPOCH = 113
    TRANSACTION_ABORTABLE = 120


MOVED = frozenset(
    {
        Code.UNKNOWN_TOPIC_OR_PARTITION,
        Code.LEADER_NOT_AVAILABLE,
        Code.NOT_LEADER_OR_FOLLOWER,
        Code.NETWORK_EXCEPTION,
        Code.COORDINATOR_NOT_AVAILABLE,
        Code.NOT_COORDINATOR,
        Code.KAFKA_STORAGE_ERROR,
        Code.FENCED_LEADER_EPOCH,
        Code.UNKNOWN_LEADER_EPOCH,
    }
)
"""Look the leader or the coordinator up again, then ask again."""

BUSY = frozenset(
    {
        Code.CORRUPT_MESSAGE,
        Code.REQUEST_TIMED_OUT,
        Code.COORDINATOR_LOAD_IN_PROGRESS,
        Code.NOT_ENOUGH_REPLICAS,
        Code.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
        Code.CONCURRENT_TRANSACTIONS,
        Code.OFFSET_NOT_AVAILABLE,
        Code.UNSTABLE_OFFSET_COMMIT,
    }
)
"""Ask the same broker again."""

RETRIED = MOVED | BUSY

_REJOIN = frozenset(
    {
        Code.ILLEGAL_GENERATION,
        Code.UNKNOWN_MEMBER_ID,
        Code.REBALANCE_IN_PROGRESS,
        Code.FENCED_INSTANCE_ID,
        Code.FENCED_MEMBER_EPOCH,
        Code.STALE_MEMBER_EPOCH,
    }
)
_FENCED = frozenset({Code.PRODUCER_FENCED, Code.INVALID_PRODUCER_ID_MAPPING})
_FORBIDDEN = frozenset(
    {
        Code.TOPIC_AUTHORIZATION_FAILED,
        Code.GROUP_AUTHORIZATION_FAILED,
        Code.CLUSTER_AUTHORIZATION_FAILED,
        Code.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
        Code.UNSUPPORTED_VERSION,
    }
)
_TOO_LARGE = frozenset({Code.MESSAGE_TOO_LARGE, Code.RECORD_LIST_TOO_LARGE})


class WriterError(Exception):
    """Base of all refusals: which request (`where`), Kafka's code and its name, and how often it was asked."""

    def __init__(self, where: str, code: int, *, attempts: int = 1) -> None:
        self.where, self.code, self.attempts = where, code, attempts
        self.name = name_of(code)
        super().__init__(f"{where}: {self.name}" + (f" (asked {attempts} times)" if attempts > 1 else ""))


class Abortable(WriterError):
    """This transaction is lost: `abort()`, then begin again. Also after the coordinator timed a transaction out."""


class Retriable(Abortable):
    """The broker asked for patience for longer than the writer has. Nothing is committed: `abort()`, try later."""


class Rejoin(Abortable):
    """The group refused the offsets, for the member is of the past: `abort()`, drop the work, rejoin the group."""


class Fenced(WriterError):
    """Another writer holds this transactional id, and what was open here was ended by it: stop."""


class Forbidden(WriterError):
    """The cluster's access rules, or its version, say no. Stop, and tell the operator."""


class UnknownOutcome(WriterError):
    """The commit was asked for, and no answer came that says whether it happened: `resolve()`, or stop."""


class RecordTooLarge(Exception):
    """One record is larger than a batch may be. Nothing of it was sent; the batches are as before it."""


class UnsupportedBroker(Exception):
    """The broker does not speak transactions of the second generation."""


class WriterMisused(Exception):
    """A call that the writer's state does not allow; a bug in the caller."""


def name_of(code: int) -> str:
    """Kafka's name of an error code, or the number for one that the writer does not know."""
    try:
        return Code(code).name
    except ValueError:
        return f"error {code}"


def refusal(where: str, code: int, *, attempts: int = 1) -> WriterError:
    """The exception whose class says what to do about `code`. A code without a reaction aborts the transaction."""
    kinds = ((_FENCED, Fenced), (_REJOIN, Rejoin), (_FORBIDDEN, Forbidden), (RETRIED, Retriable))
    kind = next((kind for codes, kind in kinds if code in codes), Abortable)
    return kind(where, code, attempts=attempts)
