"""A refusal's class says what to do about it."""

import pytest

from streams.engine.writer import Abortable, Code, Fenced, Forbidden, Rejoin, Retriable
from streams.engine.writer.coordinator import worst
from streams.engine.writer.errors import BUSY, MOVED, refusal

REACTIONS = {
    Code.PRODUCER_FENCED: Fenced,
    Code.INVALID_PRODUCER_ID_MAPPING: Fenced,
    Code.ILLEGAL_GENERATION: Rejoin,
    Code.UNKNOWN_MEMBER_ID: Rejoin,
    Code.FENCED_INSTANCE_ID: Rejoin,
    Code.STALE_MEMBER_EPOCH: Rejoin,
    Code.CONCURRENT_TRANSACTIONS: Retriable,
    Code.NOT_COORDINATOR: Retriable,
    Code.INVALID_PRODUCER_EPOCH: Abortable,
    Code.INVALID_TXN_STATE: Abortable,
    Code.TRANSACTION_ABORTABLE: Abortable,
    Code.MESSAGE_TOO_LARGE: Abortable,
    Code.TOPIC_AUTHORIZATION_FAILED: Forbidden,
}


@pytest.mark.parametrize(("code", "kind"), REACTIONS.items(), ids=lambda item: getattr(item, "name", ""))
def test_each_code_has_its_reaction(code, kind):
    error = refusal("EndTxn", code)
    assert type(error) is kind
    assert (error.code, error.name, str(error)) == (code, code.name, f"EndTxn: {code.name}")


def test_a_code_that_nobody_expected_aborts_and_keeps_its_number():
    assert str(refusal("Produce t-0", 4_242)) == "Produce t-0: error 4242"
    assert type(refusal("Produce t-0", 4_242)) is Abortable


def test_whoever_gave_up_says_how_often_it_asked():
    assert str(refusal("EndTxn", Code.NETWORK_EXCEPTION, attempts=7)) == "EndTxn: NETWORK_EXCEPTION (asked 7 times)"


def test_fenced_is_not_abortable_and_rejoin_is():
    assert not issubclass(Fenced, Abortable)
    assert not issubclass(Forbidden, Abortable)
    assert issubclass(Rejoin, Abortable)
    assert issubclass(Retriable, Abortable)


def test_a_code_asks_again_in_one_way_only():
    assert not MOVED & BUSY


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([], Code.NONE),
        ([0, 0], Code.NONE),
        ([0, Code.NOT_COORDINATOR, 0], Code.NOT_COORDINATOR),
        ([Code.NOT_COORDINATOR, Code.ILLEGAL_GENERATION], Code.ILLEGAL_GENERATION),
    ],
)
def test_a_refusal_decides_before_what_may_be_asked_again(codes, expected):
    assert worst(codes) == expected
