"""The chaos harness: real workers against a real Kafka, harmed on purpose, and a verdict from the topics alone.

`harness.py` runs scenarios; `scenarios/` has every kind of harm; `stage.py` is the service under test with its feeder
and its workers; `judge.py` decides. The service is small enough for its truth to be arithmetic: `counting.py`. The
shop is harmed in `shop.py`. How to repeat what it found, and what it found: docs/reliability.md.
"""

from agents.chaos.harness import run
from agents.chaos.report import Outcome, Report
from agents.chaos.scenarios import ALL, Scenario

__all__ = ["ALL", "Outcome", "Report", "Scenario", "run"]
