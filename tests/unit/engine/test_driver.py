"""The driver: a service's whole life without a broker, with faults at every point, and always exactly once."""

import msgspec
import pytest

from streams.engine import transaction
from streams.engine.app import ServiceApp
from streams.engine.driver import Driver
from streams.engine.errors import EngineError
from streams.engine.faults import POINTS, InjectedFault
from tests.support.driven import send, totals
from tests.support.pipes import Event, Number, Shop, Total, number


def test_what_goes_in_comes_out_counted():
    shop = Shop(partitions=3)
    with Driver([shop.app()]) as driver:
        send(driver, shop, *"abcaba")
        driver.run()
        assert sorted(totals(driver, shop)) == [("a", 1), ("a", 2), ("a", 3), ("b", 1), ("b", 2), ("c", 1)]
        assert driver.rows(shop.totals) == {"a": 3, "b": 2, "c": 1}


def test_an_event_is_sent_as_its_topic_would_write_it():
    shop = Shop(partitions=3)
    with Driver([shop.app()]) as driver:
        driver.send(shop.source, Event("n-1", "Number", Number("a", 5)))
        driver.run()
        (record,) = driver.records(shop.source.name)
        assert (record.key, [e.event_id for e in driver.read(shop.target)]) == (b"a", ["n-1/Total/0"])


def test_outputs_of_one_service_are_inputs_of_another():
    first, second = Shop("first", partitions=2), Shop("second", partitions=2, prefix="second-")

    def relay(event, _totals):
        yield Number(event.data.key, event.data.amount * 10)

    first.rule, first.target = relay, second.source
    object.__setattr__(first.service, "emits", [second.source])
    with Driver([first.app(), second.app()]) as driver:
        send(driver, first, *"aab")
        driver.run()
        assert driver.rows(second.totals) == {"a": 20, "b": 10}


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_crash_at_any_point_of_any_chunk_loses_and_repeats_nothing(point, at):
    shop = Shop()
    with Driver([shop.app()], chunk_records=2) as driver:
        for n in range(3):
            send(driver, shop, "a", "b")
            if n == at:
                driver.fail_at("counting", point)
                with pytest.raises(InjectedFault):
                    driver.run()
                driver.restart("counting")
            driver.run()
        assert totals(driver, shop) == [(key, n) for n in (1, 2, 3) for key in "ab"]
        assert driver.rows(shop.totals) == {"a": 3, "b": 3}


def test_a_service_that_is_down_leaves_the_others_at_work_and_catches_up():
    one, other = Shop("one", prefix="one-"), Shop("other", prefix="other-")
    with Driver([one.app(), other.app()]) as driver:
        send(driver, one, "a")
        driver.fail_at("one", "before-begin")
        with pytest.raises(InjectedFault):
            driver.run()
        send(driver, other, "b")
        send(driver, one, "a")
        driver.run()
        assert (totals(driver, one), totals(driver, other)) == ([], [("b", 1)])
        driver.restart("one")
        driver.run()
        assert totals(driver, one) == [("a", 1), ("a", 2)]


def test_an_error_of_the_world_leaves_the_driver_with_its_message():
    def undeclared(_event, _totals):
        yield Number("not emitted by this service")

    with Driver([(shop := Shop(rule=undeclared)).app()]) as driver:
        send(driver, shop, "a")
        with pytest.raises(EngineError, match="emits no topic that carries Number"):
            driver.run()
        assert driver.dead_letters() == []


def test_an_unknown_kill_point_is_refused():
    with Driver([Shop().app()]) as driver, pytest.raises(ValueError, match="no kill point 'lunch'"):
        driver.fail_at("counting", "lunch")


def test_a_repeated_input_is_read_again():
    shop = Shop()
    with Driver([shop.app()]) as driver:
        send(driver, shop, "a")
        driver.repeat(shop.source)
        driver.run()
        assert driver.rows(shop.totals) == {"a": 2}


def test_an_agent_that_ends_is_told_so():
    shop = Shop()
    app = ServiceApp(shop.service)

    @app.agent(shop.source, name="counting.count")
    async def impatient(chunks):
        async for chunk in chunks:
            async with transaction(chunk) as tx:
                tx.each(shop.rule, tx[shop.totals])
            break

    with Driver([app]) as driver:
        send(driver, shop, "a")
        with pytest.raises(EngineError, match=r"counting\.count has ended"):
            driver.run()


def test_ids_of_outputs_name_their_cause_their_type_and_their_number():
    def twice(event, _totals):
        yield Total(event.data.key, 1)
        yield Total(event.data.key, 2)

    shop = Shop(rule=twice)
    with Driver([shop.app()]) as driver:
        driver.send(shop.source, number("a", id="n"))
        driver.send(shop.source, msgspec.json.encode({"type": "Number", "data": {"key": "b"}}))
        driver.run()
        ids = [event.event_id for event in driver.read(shop.target)]
        assert ids == ["n/Total/0", "n/Total/1", "numbers-0-1/Total/0", "numbers-0-1/Total/1"]
