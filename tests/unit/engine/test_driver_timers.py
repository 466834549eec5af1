"""Timers in a driven service: by event time, by the wall clock when the stream is silent, and once."""

import pytest

from streams.engine import transaction, transactions
from streams.engine.app import ServiceApp
from streams.engine.driver import Driver
from streams.engine.errors import EngineError
from streams.engine.faults import InjectedFault
from streams.windows.watermarks import Bounds
from tests.support.driven import send, totals
from tests.support.pipes import Shop, Total

SECOND = 1_000

BOUNDS = Bounds(disorder_ms=0, idle_ms=10 * SECOND, clock_when_idle=True)


def remind(event, totals, timers):
    """A timer five seconds after every number."""
    totals[event.data.key] = totals.get(event.data.key, 0) + 1
    timers.set(event.data.key, event.time + 5 * SECOND)
    yield Total(event.data.key, 0)


def ring(event, totals, _timers):
    if event.data.name == "broken":
        raise ValueError("this one never rings")
    yield Total(event.data.name, totals[event.data.name])


@pytest.fixture
def clocked():
    shop = Shop(rule=remind, on_timer=ring, time=BOUNDS)
    with Driver([shop.app()]) as driver:
        yield driver, shop


def rung(driver, shop):
    return [(key, total) for key, total in totals(driver, shop) if total]


def test_a_timer_fires_once_when_event_time_has_come(clocked):
    driver, shop = clocked
    send(driver, shop, "a", time=100 * SECOND)
    driver.run()
    send(driver, shop, "b", time=105 * SECOND - 1)
    driver.run()
    assert rung(driver, shop) == []
    send(driver, shop, "b", time=105 * SECOND)
    driver.run()
    driver.run()
    assert rung(driver, shop) == [("a", 1)]


def test_a_stream_that_fell_silent_times_out_by_the_wall_clock(clocked):
    driver, shop = clocked
    send(driver, shop, "a", time=100 * SECOND)
    driver.run()
    driver.clock.advance(9)
    driver.run()
    assert rung(driver, shop) == []
    driver.clock.advance(6)
    driver.run()
    assert rung(driver, shop) == [("a", 1)]


@pytest.mark.parametrize("point", ["before-begin", "after-produce", "after-end", "after-write"])
def test_a_timer_fires_once_even_when_the_service_dies_of_it(clocked, point):
    driver, shop = clocked
    send(driver, shop, "a", time=100 * SECOND)
    driver.run()
    driver.clock.advance(60)
    driver.fail_at("counting", point)
    with pytest.raises(InjectedFault):
        driver.run()
    driver.restart("counting")
    driver.run()
    driver.clock.advance(60)  # silence counts from the restart on
    driver.run()
    assert rung(driver, shop) == [("a", 1)]


def test_a_timer_whose_rule_raises_is_set_aside_once(clocked):
    driver, shop = clocked
    send(driver, shop, "broken", "a", time=100 * SECOND)
    driver.run()
    driver.clock.advance(60)
    driver.run()
    ((headers, letter),) = driver.dead_letters()
    assert (headers["error-message"], letter.key) == ("this one never rings", b"broken")
    assert rung(driver, shop) == [("a", 1)]


def test_an_agent_that_is_called_for_timers_and_fires_none_is_told_so():
    """Else `run` would call it for ever."""
    shop = Shop(rule=remind, time=BOUNDS)
    app = ServiceApp(shop.service)

    @app.agent(shop.source, name="counting.count", ticks=True)
    async def forgetful(chunks):
        async for chunk in chunks:
            async with transaction(chunk) as tx:
                tx.each(remind, tx[shop.totals], tx.timers)

    with Driver([app]) as driver:
        send(driver, shop, "a", time=100 * SECOND)
        driver.run()
        driver.clock.advance(60)
        with pytest.raises(EngineError, match="fires no timer"):
            driver.run()


@pytest.mark.parametrize(("seconds", "transactions_that_fire"), [((100, 205), 1), ((100, 101, 205), 12)])
def test_as_many_timers_fire_as_were_set_lately_and_a_backlog_is_worked_off_in_small_chunks(
    monkeypatch, seconds, transactions_that_fire
):
    monkeypatch.setattr(transactions, "FIRE_LIMIT", 2)
    ringing = []

    def remind_often(event, _totals, timers):
        if event.time == 100 * SECOND:
            for n in range(3):
                timers.set(f"{event.data.key}{n}", 205 * SECOND)

    shop = Shop(rule=remind_often, on_timer=lambda _event, _totals, timers: ringing.append(timers), time=BOUNDS)
    with Driver([shop.app()]) as driver:
        for second in seconds:
            send(driver, shop, *"abcdefgh", time=second * SECOND)
            driver.run()
    assert len(ringing) == 24
    assert len(set(map(id, ringing))) == transactions_that_fire
