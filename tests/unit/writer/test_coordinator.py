"""A coordinator is found once, asked until it answers, and looked for again when it moved."""

from types import SimpleNamespace

import pytest

from streams.engine.writer import Code, Fenced, Retriable
from streams.engine.writer.coordinator import Coordinators
from streams.engine.writer.protocol import TRANSACTION, EndTxn, FindCoordinator
from tests.unit.writer.fakes import GIVE_UP_S, FakeLink, retries

REQUEST = EndTxn("tx", 1, 0, True)


def found(node, code=Code.NONE):
    return SimpleNamespace(coordinators=[("tx", node, "host", 1, code, None)])


def answered(code):
    return SimpleNamespace(error_code=code)


def scripted(finds, answers):
    """Coordinators whose cluster gives these answers in turn; the last one for ever."""

    def answer(_, request):
        script = finds if isinstance(request, FindCoordinator) else answers
        return script.pop(0) if len(script) > 1 else script[0]

    link = FakeLink(answer)
    return Coordinators(link, GIVE_UP_S, retries()), link


async def ask(coordinators):
    return await coordinators.ask(TRANSACTION, "tx", REQUEST, lambda answer: answer.error_code)


def nodes(link):
    return [node for node, request in link.asked if request is REQUEST]


async def test_it_is_found_once_and_remembered():
    coordinators, link = scripted([found(1)], [answered(0)])
    for _ in range(3):
        await ask(coordinators)
    assert [type(request) for _, request in link.asked].count(FindCoordinator) == 1
    assert nodes(link) == [1, 1, 1]


@pytest.mark.parametrize("answer", [answered(Code.NOT_COORDINATOR), answered(Code.COORDINATOR_NOT_AVAILABLE), None])
async def test_it_is_looked_for_again_when_it_moved_or_is_silent(answer):
    coordinators, link = scripted([found(1), found(2)], [answer, answered(0)])
    await ask(coordinators)
    assert nodes(link) == [1, 2]


@pytest.mark.parametrize("code", [Code.CONCURRENT_TRANSACTIONS, Code.COORDINATOR_LOAD_IN_PROGRESS])
async def test_a_busy_one_is_asked_again_without_looking(code):
    coordinators, link = scripted([found(1), found(2)], [answered(code), answered(0)])
    await ask(coordinators)
    assert nodes(link) == [1, 1]


async def test_a_search_without_result_is_repeated():
    coordinators, link = scripted([None, found(-1, Code.COORDINATOR_NOT_AVAILABLE), found(3)], [answered(0)])
    await ask(coordinators)
    assert nodes(link) == [3]
    assert link.refreshed == 1


async def test_patience_ends_with_the_last_answer_and_the_number_of_attempts():
    coordinators, link = scripted([found(1)], [answered(Code.CONCURRENT_TRANSACTIONS)])
    with pytest.raises(Retriable, match="EndTxn: CONCURRENT_TRANSACTIONS") as refused:
        await ask(coordinators)
    assert refused.value.attempts == len(nodes(link)) > 1


async def test_a_refusal_is_final_at_once():
    coordinators, link = scripted([found(1)], [answered(Code.PRODUCER_FENCED)])
    with pytest.raises(Fenced) as refused:
        await ask(coordinators)
    assert (refused.value.attempts, len(nodes(link))) == (1, 1)


async def test_a_refusal_after_silence_says_that_it_was_asked_before():
    coordinators, _ = scripted([found(1)], [None, answered(Code.PRODUCER_FENCED)])
    with pytest.raises(Fenced) as refused:
        await ask(coordinators)
    assert refused.value.attempts == 2
