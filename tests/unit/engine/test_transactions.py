"""A chunk's transaction: what a rule may do, what is left of one that raises, and chunks that came too late."""

from types import SimpleNamespace

import pytest

from streams.engine import Table, transaction
from streams.engine.chunk import Chunk
from streams.engine.driver import LogRecord
from streams.engine.errors import EdgeNotDeclaredError, EngineError
from streams.engine.store import MemoryStore
from streams.engine.task import Task
from tests.support.pipes import Number, Shop, Total, number


class Runtime:
    """Takes what a chunk hands over."""

    def __init__(self, service):
        self.service, self.works, self.failures, self.current = service, [], [], True

    def is_current(self, _chunk):
        return self.current

    async def submit(self, work):
        self.works.append(work)

    def fail(self, error):
        self.failures.append(error)

    def now(self):
        return 0


@pytest.fixture
def shop():
    return Shop()


@pytest.fixture
def runtime(shop):
    return Runtime(shop.service)


@pytest.fixture
def chunk(shop, runtime):
    """`chunk(value, …)`: a chunk of these records, all of one task."""
    task = Task(shop.service, 0, MemoryStore())

    def make(*values):
        records = [LogRecord(n, n, 0, b"k", value) for n, value in enumerate(values)]
        return Chunk(runtime, task, shop.source, records, len(records), session=1)

    return make


async def worked(chunk, *rules, **state):
    """The work of a chunk that asks these rules."""
    async with transaction(chunk) as tx:
        for rule in rules:
            tx.each(rule, *[tx[table] for table in state.values()])
    return chunk.runtime.works[-1]


def emitted(work):
    return [event.data for outputs in work.outputs.values() for event in outputs.events]


async def test_rows_outputs_and_offset_are_handed_over_together(chunk, shop):
    work = await worked(chunk(number("a"), number("b"), number("a")), shop.rule, totals=shop.totals)
    assert work.changes == {shop.totals: {"a": 2, "b": 1}}
    assert emitted(work) == [Total("a", 1), Total("b", 1), Total("a", 2)]
    assert (work.chunk.next_offset, work.dead_letters, work.skipped) == (3, [], 0)


async def test_a_record_whose_rule_raises_leaves_a_dead_letter_and_nothing_else(chunk, shop):
    def half_way(event, totals):
        totals[event.data.key] = event.data.amount
        totals.pop("gone", None)
        yield Total(event.data.key, event.data.amount)
        if event.data.amount < 0:
            raise ValueError("half way")

    work = await worked(chunk(number("a", 5), number("a", -1), number("b", 2)), half_way, totals=shop.totals)
    assert work.changes == {shop.totals: {"a": 5, "b": 2}}
    assert emitted(work) == [Total("a", 5), Total("b", 2)]
    ((_, value, headers),) = work.dead_letters
    assert (value, dict(headers)["source-offset"]) == (number("a", -1), b"1")


@pytest.mark.parametrize(
    ("fact", "named"),
    [(Total("a" * 1_000_000, 1), "OutputTooLargeError"), (Total("a", object()), "TypeError")],
)
async def test_a_fact_that_no_record_can_hold_is_a_fault_of_its_event(chunk, shop, fact, named):
    def rule(event, totals):
        totals[event.data.key] = event.data.amount
        yield Total(event.data.key, 1) if event.data.amount > 0 else fact

    work = await worked(chunk(number("a", 5), number("b", -1), number("c", 2)), rule, totals=shop.totals)
    assert work.changes == {shop.totals: {"a": 5, "c": 2}}
    assert [total.key for total in emitted(work)] == ["a", "c"]
    assert [len(part) for part in work.outputs[shop.target]] == [2, 2, 2]
    ((_, value, headers),) = work.dead_letters
    assert (value, dict(headers)["error-class"].decode()) == (number("b", -1), named)


@pytest.mark.parametrize("careful", [True, False])
async def test_a_row_that_no_record_can_hold_is_a_fault_of_its_event_where_somebody_looks(chunk, shop, careful):
    def rule(event, totals):
        totals[event.data.key] = event.data.amount if event.data.amount > 0 else "x" * 1_000_000
        yield Total(event.data.key, 1)

    given = chunk(number("a", 5), number("b", -1), number("c", 2))
    if careful:
        given.task.go_carefully(given.topic.name, given.next_offset)
    work = await worked(given, rule, totals=shop.totals)
    left = ["a", "c"] if careful else ["a", "b", "c"]
    assert (list(work.changes[shop.totals]), [total.key for total in emitted(work)]) == (left, left)
    assert [dict(headers)["error-class"] for _, _, headers in work.dead_letters] == [b"RowTooLargeError"] * careful


async def test_what_cannot_be_read_is_set_aside_and_what_is_not_known_is_counted(chunk, shop):
    records = number("a"), b"{", b'{"type":"Unheard","data":{}}', b""
    work = await worked(chunk(*records), shop.rule, totals=shop.totals)
    assert [letter.value for letter in work.dead_letters] == [b"{", b""]
    assert (emitted(work), work.skipped) == ([Total("a", 1)], 1)


async def test_a_savepoint_by_hand_undoes_what_is_inside(chunk, shop, runtime):
    async with transaction(chunk(number("a"), number("b"))) as tx:
        for event in tx.events:
            with tx.savepoint(event):
                tx[shop.totals][event.data.key] = 1
                tx.emit(Total(event.data.key, 1), cause=event)
                assert event.data.key != "a", "no a today"
    (work,) = runtime.works
    assert (work.changes, emitted(work)) == ({shop.totals: {"b": 1}}, [Total("b", 1)])
    assert len(work.dead_letters) == 1


async def test_facts_of_a_type_and_cause_are_numbered(chunk, shop, runtime):
    async with transaction(chunk(number("a", id="n"))) as tx:
        for total in (1, 2):
            tx.emit(Total("a", total), cause=tx.events[0])
    first, second = runtime.works[0].outputs[shop.target].events
    assert [first.event_id, second.event_id] == ["n/Total/0", "n/Total/1"]


async def test_rules_by_type_let_other_events_pass(chunk, shop):
    work = await worked(chunk(number("a")), {Number: shop.rule}, totals=shop.totals)
    assert emitted(work) == [Total("a", 1)]
    work = await worked(chunk(number("a")), {Total: shop.rule}, totals=shop.totals)
    assert emitted(work) == []


async def test_a_rule_may_emit_nothing(chunk):
    assert emitted(await worked(chunk(number("a")), lambda _event: None)) == []


def emit_number(_event):
    yield Number("not declared")


def write_a_table_itself(_event):
    Table("totals", int)["a"] = 1


@pytest.mark.parametrize("rule", [emit_number, write_a_table_itself])
async def test_an_edge_that_is_not_declared_ends_the_process_and_sets_nothing_aside(chunk, runtime, rule):
    with pytest.raises(EngineError):
        await worked(chunk(number("a")), rule)
    assert (len(runtime.failures), runtime.works) == (1, [])


async def test_a_table_that_is_not_remembered_is_refused(chunk):
    with pytest.raises(EdgeNotDeclaredError, match="does not remember table 'secrets'"):
        await worked(chunk(), lambda _event, _rows: None, secrets=Table("secrets", int))


async def test_an_exception_of_the_agent_ends_the_process_and_hands_nothing_over(chunk, runtime):
    with pytest.raises(ZeroDivisionError):
        async with transaction(chunk(number("a"))):
            raise ZeroDivisionError
    assert (len(runtime.failures), runtime.works) == (1, [])


async def test_a_topic_that_fails_to_read_ends_the_process_and_frees_the_task(chunk, runtime, shop):
    broken = chunk(number("a"))
    broken.topic = SimpleNamespace(read=lambda *_: 1 / 0, name="numbers")
    with pytest.raises(ZeroDivisionError):
        await worked(broken)
    assert (len(runtime.failures), broken.task.turn.locked()) == (1, False)


async def test_a_chunk_that_came_too_late_changes_nothing_and_reads_nothing(chunk, shop, runtime):
    late = chunk(number("a"))
    late.task.caches[shop.totals]["a"] = 41
    runtime.current = False
    async with transaction(late) as tx:
        tx.each(shop.rule, tx[shop.totals])
        assert tx[shop.totals]["a"] == 1
    assert (runtime.works, late.task.caches[shop.totals]["a"], runtime.failures) == ([], 41, [])


async def test_an_error_over_a_chunk_that_came_too_late_is_nobodys(chunk, runtime):
    runtime.current = False
    async with transaction(chunk(number("a"))):
        raise ZeroDivisionError
    assert runtime.failures == []


async def test_chunks_of_a_task_take_turns(chunk, runtime):
    one = chunk(number("a"))
    async with transaction(one):
        assert one.task.turn.locked()
    assert not one.task.turn.locked()


async def test_ids_that_would_collide_end_the_process(chunk, shop, runtime):
    with pytest.raises(EngineError, match="two passes over one chunk emitted"):
        await worked(chunk(number("a")), shop.rule, shop.rule, totals=shop.totals)
    assert runtime.works == []
