"""How good the fraud verdicts of the last days were, as labels tell: counts for Prometheus, and their ratios.

A model that the world has left behind shows here first: precision or recall falls. Counts add up over workers, ratios
do not, so alert on sums of counts. The days themselves are the table `days`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from streams.engine.queries import NotServingError
from streams.rules.fraud.quality import Day
from tables.fraud import days

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streams.engine.queries import Local

LAST_DAYS: Final = 7
"""Up to the newest day of which a label has come."""

OUTCOMES: Final = ("caught", "disturbed", "missed", "labelled")


class DriftCollector(Collector):
    """The verdicts of one worker's partitions."""

    def __init__(self, local: Local) -> None:
        self._local = local

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Called by Prometheus' library for each scrape."""
        try:
            found = [item for at in self._local.partitions() for item in self._local.rows(days, at).range("", "~")]
        except NotServingError:
            return
        last = added(found, LAST_DAYS)
        text = f"labelled attempts of the last {LAST_DAYS} days: detected frauds, detected genuine, missed frauds, all"
        counts = GaugeMetricFamily("millrace_fraud_labelled", text, labels=["outcome"])
        for outcome in OUTCOMES:
            counts.add_metric([outcome], getattr(last, outcome))
        yield counts
        for name, value in (("precision", last.precision), ("recall", last.recall)):
            if value is not None:
                told = f"{name} of this worker's verdicts of the last {LAST_DAYS} days"
                yield GaugeMetricFamily(f"millrace_fraud_{name}", told, value=value)


def added(rows: Iterable[tuple[str, Day]], last: int) -> Day:
    """The sum over the `last` days, up to the newest. A row's key is the number of its day."""
    dated = [(int(key), day) for key, day in rows]
    first = max((number for number, _ in dated), default=0) - last + 1
    recent = [day for number, day in dated if number >= first]
    return Day(*(sum(getattr(day, outcome) for day in recent) for outcome in OUTCOMES))
