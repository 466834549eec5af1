"""A driver for long streams: it forgets what was read, keeps the order of the inputs, and goes on where another was."""

import msgspec
import pytest

from streams.engine.driver import Driver
from tests.support.driven import send, totals
from tests.support.pipes import Event, Number, Shop, number


def relayed(**options):
    """Two services in a row: what `first` passes on to other keys is counted by `second`."""
    first, second = Shop("first", partitions=2), Shop("second", partitions=2, prefix="second-")

    def relay(event, _totals):
        yield Number("one key", event.data.amount)

    first.rule, first.target = relay, second.source
    object.__setattr__(first.service, "emits", [second.source])
    return first, second, Driver([first.app(), second.app()], **options)


def test_what_was_read_is_forgotten_and_the_rows_stay():
    shop = Shop(partitions=2)
    with Driver([shop.app()], forgetful=True) as driver:
        for _ in range(3):
            send(driver, shop, *"abab")
            driver.run()
        assert driver.records(shop.source.name) == []
        assert driver.records(shop.service.changelog) == []
        assert driver.rows(shop.totals) == {"a": 6, "b": 6}


def test_offsets_go_on_counting_what_was_forgotten():
    shop = Shop(partitions=1)
    with Driver([shop.app()], forgetful=True) as driver:
        send(driver, shop, "a", "b")
        driver.run()
        send(driver, shop, "a")
        (record,) = driver.records(shop.source.name)
        assert record.offset == 2


def test_a_forgetful_driver_refuses_faults_it_could_not_recover_from():
    with Driver([Shop().app()], forgetful=True) as driver, pytest.raises(ValueError, match="no changelog"):
        driver.fail_at("counting", "after-end")


@pytest.mark.parametrize(("rank", "order"), [(None, False), (lambda event: event.event_id[:4], True)])
def test_with_a_rank_a_relay_has_the_order_of_the_inputs_whichever_partition_was_first(rank, order):
    first, _, driver = relayed(rank=rank)
    with driver:
        events = [Event(f"{n:04d}", "Number", Number(key, n)) for n, key in enumerate("abcdefgh" * 5)]
        driver.send_all(first.source, events)
        driver.run()
        passed = [record.value for record in driver.records("second-numbers")]
        amounts = [msgspec.json.decode(value)["data"]["amount"] for value in passed]
        assert sorted(amounts) == [*range(40)]
        assert (amounts == sorted(amounts)) is order


def test_events_are_sent_together_as_one_by_one():
    shop, events = Shop(partitions=3), [Event(f"n{n}", "Number", Number(key, n)) for n, key in enumerate("abcabd")]
    with Driver([shop.app()]) as together, Driver([shop.app()]) as singly:
        together.send_all(shop.source, events)
        for event in events:
            singly.send(shop.source, event)
        assert together.records(shop.source.name) == singly.records(shop.source.name)


@pytest.mark.parametrize("forgetful", [False, True])
def test_another_driver_goes_on_from_what_was_saved(forgetful):
    shop = Shop(partitions=2)
    with Driver([shop.app()], forgetful=forgetful) as driver:
        send(driver, shop, *"aab")
        driver.run()
        saved = driver.save()
    with Driver([shop.app()], forgetful=forgetful) as driver:
        driver.load(saved)
        send(driver, shop, *"abc")
        driver.run()
        assert sorted(totals(driver, shop)) == [("a", 3), ("b", 2), ("c", 1)]
        assert driver.rows(shop.totals) == {"a": 3, "b": 2, "c": 1}


def test_rows_and_records_that_are_on_their_way_cannot_be_saved():
    shop = Shop()
    with Driver([shop.app()]) as driver:
        driver.send(shop.source, number("a"))
        with pytest.raises(ValueError, match="has not read"):
            driver.save()


def test_what_no_driver_saved_is_refused():
    with Driver([Shop().app()]) as driver, pytest.raises(msgspec.DecodeError):
        driver.load(b"\x01")
