"""What a node is told: its server.properties, chosen for a desk and for tests. Each value has its reason.

Kafka's own defaults are for data centres: fifty partitions for each internal topic, a 128 MB buffer for compaction,
waits of many seconds. Where a default is a promise (acks, isolation, message sizes, retention) it is left alone.
Every value can be overridden. Used by cluster.py.
"""

import json
import socket
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom

from streams.broker.errors import BrokerError

HOST = "127.0.0.1"

# Below the ports that systems hand out to outgoing connections, so that none takes a chosen port before Kafka does.
PORTS = range(20_000, 32_000)

TUNING = {
    "auto.create.topics.enable": "false",  # a misspelt topic is an error, not a new topic
    "group.initial.rebalance.delay.ms": "0",  # a lone consumer starts at once
    "group.min.session.timeout.ms": "1000",  # tests of lost members need not wait for six seconds
    "offsets.topic.num.partitions": "4",  # enough for several coordinators, quick to create
    "transaction.state.log.num.partitions": "4",  # the same
    "share.coordinator.state.topic.num.partitions": "1",  # nobody here uses share groups
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",  # a dead producer's transaction ends on time
    "broker.session.timeout.ms": "3000",  # a killed node is noticed, and may be back, after 3 s, not 9
    "broker.heartbeat.interval.ms": "500",  # several heartbeats in a session
    "log.cleaner.dedupe.buffer.size": "8388608",  # 128 MB of heap by default
    "log.segment.delete.delay.ms": "1000",  # deleted topics give their disk space back
    "num.network.threads": "2",  # one machine, shared with its clients
    "num.io.threads": "4",  # the same
    "background.threads": "2",  # the same
}


@dataclass(frozen=True)
class Ports:
    """The two ports of one node: for clients, and for the controllers' quorum."""

    client: int
    controller: int


@dataclass(frozen=True)
class Layout:
    """What must stay the same when a cluster is started again on its old data."""

    cluster_id: str
    ports: list[Ports]

    @classmethod
    def of(cls, folder: Path, nodes: int, port: int | None) -> "Layout":
        """The layout saved in this folder, or a new one, saved there. `port` is the first node's."""
        file = folder / "cluster.json"
        saved = json.loads(file.read_text()) if file.exists() else None
        if saved and len(saved["ports"]) != nodes:
            msg = f"{folder} holds a cluster of {len(saved['ports'])} node(s), not {nodes}: name another directory"
            raise BrokerError(msg)
        old = [Ports(*pair) for pair in saved["ports"]] if saved else [Ports(0, 0)] * nodes
        cluster_id = saved["id"] if saved else urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
        ports = [_choose(pair, port and port + index) for index, pair in enumerate(old)]
        file.write_text(json.dumps({"id": cluster_id, "ports": [(pair.client, pair.controller) for pair in ports]}))
        return cls(cluster_id, ports)

    def properties(self, node: int, folder: Path, extra: Mapping[str, str]) -> str:
        """The text of server.properties of one node (counted from 1) whose data lies in `folder`; `extra` wins."""
        own, nodes = self.ports[node - 1], len(self.ports)
        replicas, in_sync = str(min(nodes, 3)), str(min(nodes, 2))
        values = TUNING | {
            "process.roles": "broker,controller",
            "node.id": str(node),
            "listeners": f"PLAINTEXT://{HOST}:{own.client},CONTROLLER://{HOST}:{own.controller}",
            "advertised.listeners": f"PLAINTEXT://{HOST}:{own.client}",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": str(folder),
            "default.replication.factor": replicas,
            "min.insync.replicas": in_sync,
        }
        for topic in ("offsets.topic", "transaction.state.log", "share.coordinator.state.topic"):
            values[f"{topic}.replication.factor"] = replicas
        for topic in ("transaction.state.log", "share.coordinator.state.topic"):
            values[f"{topic}.min.isr"] = in_sync
        values |= self._quorum() | dict(extra)
        return "".join(f"{name}={value}\n" for name, value in values.items())

    def _quorum(self) -> dict[str, str]:
        """One node forms a quorum by itself (formatted as standalone); several know each other from the start."""
        if len(self.ports) == 1:
            return {"controller.quorum.bootstrap.servers": f"{HOST}:{self.ports[0].controller}"}
        voters = (f"{number}@{HOST}:{pair.controller}" for number, pair in enumerate(self.ports, 1))
        return {"controller.quorum.voters": ",".join(voters)}


def _choose(old: Ports, wanted: int | None) -> Ports:
    return Ports(wanted or old.client or free_port(), old.controller or free_port())


def free_port() -> int:
    """A local port on which nobody listens now."""
    return next(port for port in SystemRandom().sample(PORTS, len(PORTS)) if is_free(port))


def is_free(port: int) -> bool:
    """True when one could listen on this local port now."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Java does: closed connections do not count
        try:
            trial.bind((HOST, port))
        except OSError:
            return False
        return True
