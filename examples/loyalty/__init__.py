"""A loyalty service: a point for each piece that was shipped to a customer.

    millrace worker examples.loyalty

It is new, yet it reads every parcel since the first, and nobody who writes events had to change. `service.py` is all of
it: an event, a topic, a table, two rules, an agent. Its test: `tests/unit/test_examples.py`.
"""

from examples.loyalty.service import app

__all__ = ["app"]
