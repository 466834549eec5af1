"""`/metrics`: what the engine counts anyway, in Prometheus' text format.

Nothing is counted for the sake of this page: the collector reads the counters of the app and its committer when it is
asked, so the hot path pays nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector, exposition
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from streams.engine.queries import Local
from tables.views.asking import site_of
from tables.views.drift import DriftCollector

router = APIRouter(tags=["health"])

Metric = CounterMetricFamily | GaugeMetricFamily

OF_SERVICES: Final[Mapping[str, Sequence[Callable[[Local], Collector]]]] = {"fraud": (DriftCollector,)}
"""What one service alone has to tell."""

COUNTERS: Final = {
    "records": "source records whose effects are committed",
    "transactions": "Kafka transactions committed",
    "dead_letters": "records set aside",
    "skipped": "records of a type that their topic does not know",
    "commit_seconds": "seconds spent on committing",
    "recovered_records": "changelog records read to bring rows up to date",
}
SOURCE: Final = ("service", "topic", "partition")
TASK: Final = ("service", "partition")


class EngineCollector(Collector):
    """The numbers of one worker."""

    def __init__(self, local: Local) -> None:
        self._local = local
        self._standing = local.standing

    def collect(self) -> Iterator[Metric]:
        """Called by Prometheus' library for each scrape."""
        service, counted = self._local.service, self._standing.counted()
        ready = self._standing.why_not() is None
        yield _gauge("millrace_ready", "1 when rows can be read", ("service",), [((service,), float(ready))])
        for name, text in COUNTERS.items():
            counter = CounterMetricFamily(f"millrace_{name}", text, labels=["service"])
            counter.add_metric([service], getattr(counted, name))
            yield counter
        restored = [((service, str(at)), float(offset)) for at, offset in self._local.restored() if offset is not None]
        yield _gauge("millrace_changelog_offset", "how far rows are restored or written", TASK, restored)
        if ready:
            yield from self._sources()

    def _sources(self) -> Iterator[Metric]:
        partitions = self._local.partitions()
        positions = [position for partition in partitions for position in self._standing.positions(partition)]
        labels = [(self._local.service, topic, str(partition)) for topic, partition, _ in positions]
        lags = [self._standing.lag(topic, partition) for topic, partition, _ in positions]
        ends = [(label, float(lag)) for label, lag in zip(labels, lags, strict=True) if lag is not None]
        yield _gauge("millrace_lag_offsets", "offsets between the rows and the end of a source", SOURCE, ends)
        offsets = [(label, float(offset)) for label, (_, _, offset) in zip(labels, positions, strict=True)]
        yield _gauge("millrace_position_offset", "next offset of a source", SOURCE, offsets)


def _gauge(
    name: str, text: str, labels: tuple[str, ...], values: Iterable[tuple[tuple[str, ...], float]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=labels)
    for label, value in values:
        family.add_metric(label, value)
    return family


def registry_of(local: Local) -> CollectorRegistry:
    """The engine's numbers, and those of the process: memory, CPU, open files."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    registry.register(EngineCollector(local))
    for collector in OF_SERVICES.get(local.service, ()):
        registry.register(collector(local))
    return registry


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(request: Request) -> Response:
    """Records, transactions, lag per source partition, dead letters, and the process's own numbers, for Prometheus."""
    site = site_of(request)
    if not hasattr(request.app.state, "registry"):
        request.app.state.registry = registry_of(site.local)
    encode, content_type = exposition.choose_encoder(request.headers.get("accept", ""))
    return Response(encode(request.app.state.registry), media_type=content_type)
