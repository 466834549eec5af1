"""`/metrics`: what the engine counts anyway, in Prometheus' text format.

Nothing is counted for the sake of this page: the collector reads the counters of the app and its committer when it is
asked, so the hot path pays nothing.
"""

from collections.abc import Iterator

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector, exposition
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from streams.engine.queries import Local
from tables.views.asking import site_of

router = APIRouter(tags=["health"])

Metric = CounterMetricFamily | GaugeMetricFamily


class EngineCollector(Collector):
    """The numbers of one worker."""

    def __init__(self, local: Local) -> None:
        self._local = local

    def collect(self) -> Iterator[Metric]:
        """Called by Prometheus' library for each scrape."""
        local, service = self._local, [self._local.service]
        reason = local.standing.why_not()
        yield _one(GaugeMetricFamily, "millrace_ready", "1 when rows can be read", service, float(reason is None))
        counted = local.standing.counted()
        yield _one(CounterMetricFamily, "millrace_events", "source records committed", service, counted.records)
        yield _one(
            CounterMetricFamily, "millrace_transactions", "Kafka transactions committed", service, counted.transactions
        )
        if reason is None:
            yield from self._per_partition()

    def _per_partition(self) -> Iterator[Metric]:
        name = self._local.service
        lag = GaugeMetricFamily(
            "millrace_lag_offsets",
            "offsets between the rows and the end of a source partition",
            labels=["service", "topic", "partition"],
        )
        position = GaugeMetricFamily(
            "millrace_position_offset", "next offset of a source partition", labels=["service", "topic", "partition"]
        )
        for partition in self._local.partitions():
            for topic, _, offset in self._local.standing.positions(partition):
                position.add_metric([name, topic, str(partition)], offset)
                behind = self._local.standing.lag(topic, partition)
                if behind is not None:
                    lag.add_metric([name, topic, str(partition)], behind)
        yield lag
        yield position


def _one(kind: type[Metric], name: str, text: str, labels: list[str], value: float) -> Metric:
    family = kind(name, text, labels=["service"])
    family.add_metric(labels, value)
    return family


def registry_of(local: Local) -> CollectorRegistry:
    """The engine's numbers, and those of the process: memory, CPU, open files."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    registry.register(EngineCollector(local))
    return registry


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(request: Request) -> Response:
    """Events, transactions, lag per source partition, and the process's own numbers, for Prometheus."""
    site = site_of(request)
    if not hasattr(request.app.state, "registry"):
        request.app.state.registry = registry_of(site.local)
    encode, content_type = exposition.choose_encoder(request.headers.get("accept", ""))
    return Response(encode(request.app.state.registry), media_type=content_type)
