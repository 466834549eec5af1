"""The chaos harness: real workers against a real Kafka, harmed on purpose, and a verdict from the topics alone.

`harness.py` runs scenarios; `scenarios/` has every kind of harm; `stage.py` is the service under test with its feeder
and its workers; `judge.py` decides. The service is small enough for its truth to be arithmetic: `counting.py`. The
shop is on a stage of its own: `shop_stage.py`. How to repeat what it found, and what it found: docs/reliability.md.

This module imports nothing, for each worker loads it.
"""
