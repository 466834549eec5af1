"""A cluster in memory that answers from a script; how the real one behaves: tests/broker/writer."""

from collections import Counter
from types import SimpleNamespace

GIVE_UP_S = 0.05


class Cluster:
    """Leaders and nodes as aiokafka's metadata knows them; `refresh` brings in `after_refresh`."""

    def __init__(self, leaders=None, after_refresh=None):
        self.leaders, self.after_refresh = dict(leaders or {}), after_refresh

    def leader_for_partition(self, tp):
        return self.leaders.get(tp)

    def broker_metadata(self, node):
        return SimpleNamespace(nodeId=node)


class FakeLink:
    """`answer(node, request)` is the script; `asked` keeps what was sent to whom."""

    request_timeout_ms = 100

    def __init__(self, answer, cluster=None):
        self._answer, self.asked, self.refreshed = answer, [], 0
        self.client = SimpleNamespace(cluster=cluster or Cluster(), add_topic=lambda _: None)

    async def ask(self, node, request, _group=None):
        self.asked.append((node, request))
        return self._answer(node, request)

    async def ask_any(self, request):
        return await self.ask("any", request)

    async def refresh(self):
        self.refreshed += 1
        cluster = self.client.cluster
        if cluster.after_refresh is not None:
            cluster.leaders = cluster.after_refresh


def retries():
    return Counter()
