"""Whole services without a broker: `driver.py` is what a test holds."""

from streams.engine.driver.driver import Driver
from streams.engine.driver.log import Clock, LogRecord

__all__ = ["Clock", "Driver", "LogRecord"]
