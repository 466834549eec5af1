"""Every kind of harm, by name. A scenario is a round of harm that the harness repeats on one stage.

`points.py` kills inside a chunk's transaction and around it, `rebalances.py` while workers come and go, `signals.py`
freezes and ends, `brokers.py` and `lines.py` hurt Kafka, `disks.py` the state, `clocks.py` the time, `inputs.py` the
order of events, and `shop.py` is the whole shop under the same kills.
"""

from agents.chaos.scenarios import brokers, clocks, disks, inputs, lines, points, rebalances, shop, signals
from agents.chaos.scenarios.scenario import Scenario

ALL = (
    *points.ALL,
    *rebalances.ALL,
    *signals.ALL,
    *brokers.ALL,
    *lines.ALL,
    *disks.ALL,
    *clocks.ALL,
    *inputs.ALL,
    *shop.ALL,
)
"""In the order in which `millrace chaos` runs them."""

__all__ = ["ALL", "Scenario"]
