"""Any history, in any chunks, with crashes anywhere, leads to the same bytes; its changelog to the same rows."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.engine.driver import Driver
from streams.engine.faults import POINTS, InjectedFault
from streams.engine.store import MemoryStore
from tests.support.pipes import Shop, Total, number


def outputs(driver, shop):
    """All that the service wrote, by partition: bytes and order."""
    names = (shop.target.name, "dead-letters")
    return {name: sorted((r.key or b"", r.value or b"") for r in driver.records(name)) for name in names}


HISTORY = st.lists(
    st.one_of(
        st.builds(number, st.sampled_from("abc"), st.integers(-1, 3), id=st.sampled_from(["i", "j"])),
        st.sampled_from([b"", b"{", b'{"type":"Unheard","data":{}}', b'{"type":"Number","data":{"key":1}}']),
    ),
    max_size=25,
)


def played(history, chunk_records, crashes=()):
    """What a history leads to, by kind: outputs and rows."""
    shop = Shop(partitions=2)
    with Driver([shop.app()], chunk_records=chunk_records) as driver:
        for n, value in enumerate(history):
            driver.send(shop.source, value, key=b"%d" % (n % 5), partition=n % 2)
            for point in [point for at, point in crashes if at == n]:
                driver.fail_at("counting", point)
                with pytest.raises(InjectedFault):
                    driver.run()
                driver.restart("counting")
        driver.run()
        return outputs(driver, shop), driver.rows(shop.totals)


@given(HISTORY, st.integers(1, 30))
@settings(deadline=None, max_examples=40)
def test_how_records_fall_into_chunks_changes_no_byte_of_the_outputs(history, chunk_records):
    assert played(history, chunk_records) == played(history, 1)


@given(HISTORY, st.lists(st.tuples(st.integers(0, 24), st.sampled_from(POINTS)), max_size=3), st.integers(1, 5))
@settings(deadline=None, max_examples=40)
def test_crashes_change_no_byte_of_the_outputs(history, crashes, chunk_records):
    once = dict(crashes)
    assert played(history, chunk_records, once.items()) == played(history, chunk_records)


@given(HISTORY, st.integers(1, 30))
@settings(deadline=None, max_examples=40)
def test_the_changelog_alone_gives_the_same_rows(history, chunk_records):
    def add_or_forget(event, rows):
        """Rows come and go, so that the changelog has tombstones."""
        if rows.get(event.data.key, 0) + event.data.amount > 3:
            del rows[event.data.key]
        else:
            rows[event.data.key] = rows.get(event.data.key, 0) + event.data.amount
        if event.data.amount < 0:
            raise ValueError
        yield Total(event.data.key, 0)

    shop = Shop(rule=add_or_forget)
    with Driver([shop.app()], chunk_records=chunk_records) as driver:
        for value in history:
            driver.send(shop.source, value)
        driver.run()
        rebuilt = MemoryStore()
        for record in driver.records(shop.service.changelog):
            rebuilt.write([(record.key, record.value)], offset=record.offset + 1)
        rows = {key.decode().removeprefix("totals/"): int(value) for key, value in rebuilt.scan(b"totals/", b"totals0")}
        assert rows == driver.rows(shop.totals)
