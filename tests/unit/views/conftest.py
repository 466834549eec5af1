"""Workers that stand still: real tasks over memory stores, and a network that leads from one web app to the other."""

from types import SimpleNamespace
from typing import NamedTuple

import httpx
import msgspec
import pytest
from aiokafka.structs import TopicPartition

from agents import customers, fraud, insights, inventory, orders, shipping
from streams.engine.store import MemoryStore
from streams.engine.task import Task
from tables.views.app import create

SERVICES = {module.service.name: module.service for module in (customers, fraud, insights, inventory, orders, shipping)}
ALL = (0, 1, 2, 3)


class FakeApp:
    """What the views see of a ServiceApp that runs."""

    def __init__(self, service, partitions, url):
        self.service = service
        self.tasks = {partition: Task(service, partition, MemoryStore()) for partition in partitions}
        self.failure = None
        self.committer = SimpleNamespace(
            session=1, committed={}, committed_records=0, transactions=0, dead_letters=0, skipped=0, commit_seconds=0.0
        )
        self.ends = {}
        self.consumer = SimpleNamespace(highwater=self.ends.get)
        self.recovered_records = 0
        self.assignor = SimpleNamespace(external_topic_distribution={})
        self.config = SimpleNamespace(url=url)
        self.counts = {topic.name: topic.partitions for topic in (*service.reads, *service.emits)}

    def write(self, table, partition, rows):
        """Commit rows."""
        pairs = [(f"{table.name}/{key}".encode(), msgspec.json.encode(row)) for key, row in rows.items()]
        self.tasks[partition].store.write(pairs, offset=len(pairs))

    def committed(self, topic, partition, offset, end=None):
        """Everything below this offset has been committed."""
        self.committer.committed[TopicPartition(topic, partition)] = offset
        self.ends[TopicPartition(topic, partition)] = offset if end is None else end


class Worker(NamedTuple):
    app: FakeApp
    api: object
    client: httpx.AsyncClient


class Network(httpx.AsyncBaseTransport):
    """Leads to the web app at an address; an address without one does not answer."""

    def __init__(self):
        self.sites = {}
        self.requests = []

    async def handle_async_request(self, request):
        self.requests.append(request)
        site = self.sites.get(f"{request.url.scheme}://{request.url.netloc.decode()}")
        if site is None:
            raise httpx.ConnectError("connection refused")
        return await site.handle_async_request(request)


@pytest.fixture
def network():
    return Network()


@pytest.fixture
def workers(network):
    """`workers("inventory", [0, 1], [2, 3])`: one worker for each list of partitions."""

    def start(name, *owned, token=None):
        urls = [f"http://worker{number}:80{number}" for number in range(len(owned))]
        service = SERVICES[name]
        distribution = {
            url: {topic.name: list(partitions) for topic in service.reads}
            for url, partitions in zip(urls, owned, strict=True)
        }
        started = []
        for url, partitions in zip(urls, owned, strict=True):
            app = FakeApp(service, partitions, url)
            app.assignor.external_topic_distribution = distribution
            api = create(app, token=token, transport=network)
            network.sites[url] = httpx.ASGITransport(api, raise_app_exceptions=False)
            started.append(Worker(app, api, httpx.AsyncClient(transport=network.sites[url], base_url=url)))
        return started

    return start


@pytest.fixture
def worker(workers):
    """`worker("orders")`: a service's only worker."""
    return lambda name, **kwargs: workers(name, ALL, **kwargs)[0]
