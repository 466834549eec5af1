"""`Stock, exactly`, under the driver."""

from tests.support.stock_exactly import *  # noqa: F403 -- its tests
