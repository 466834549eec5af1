"""Every test of the judge begins with a history without a fault."""

import pytest

from tests.unit.verify.tale import good_tale


@pytest.fixture
def tale():
    return good_tale()
