import pytest

from tests.wiring.shop import Shop


@pytest.fixture
def open_shop():
    """Opens shops, and closes them after the test."""
    opened = []

    def open_one(**options):
        opened.append(Shop(**options))
        return opened[-1]

    yield open_one
    for shop in opened:
        shop.close()


@pytest.fixture
def shop(open_shop):
    """The whole shop, with nothing in its memory."""
    return open_shop()
