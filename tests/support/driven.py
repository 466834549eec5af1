"""What tests say to a driver, and ask it."""

from tests.support.pipes import number


def totals(driver, shop):
    return [(event.data.key, event.data.total) for event in driver.read(shop.target)]


def send(driver, shop, *keys, **envelope):
    for key in keys:
        driver.send(shop.source, number(key, **envelope), key=key.encode())
