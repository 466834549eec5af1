"""The Faust app of a service: agents are Faust's, everything they touch goes through the chunk transaction.

It opens the transactional writer and the state directory, creates the topics the service declares, and is the runtime
that a chunk belongs to. `transport.py` brings chunks, `recovery.py` gives partitions back their rows, `committer.py`
commits; `worker.py` runs an app as a process.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import faust
from aiokafka.client import AIOKafkaClient

from streams.engine import topics, transport
from streams.engine.cache import CacheBudget
from streams.engine.cadence import ChunkSize
from streams.engine.chunk import Chunk, Work
from streams.engine.committer import Committer
from streams.engine.errors import EdgeNotDeclaredError, OutsideTransactionError, TopologyError
from streams.engine.faustparts import Assignor, Boot, ChunkSchema, SourceTopic, lasting
from streams.engine.partitioner import Partitioner
from streams.engine.resumption import Recoverer
from streams.engine.standbys import Standbys
from streams.engine.statedir import StateDirectory
from streams.engine.store import RocksStore
from streams.engine.task import Task
from streams.engine.watchdog import Watchdog
from streams.engine.writer import TransactionalWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiokafka.structs import TopicPartition

    from streams.engine.config import EngineConfig
    from streams.engine.service import Service, Topic


class ServiceApp(faust.App):
    """One worker of a service: a member of its consumer group."""

    BootStrategy = Boot

    def __init__(self, service: Service) -> None:
        super().__init__(
            service.name,
            broker=f"{transport.SCHEME}://",  # chooses our transport; where Kafka is, `configure` says
            store="memory://",  # Faust's tables are not used
            web_enabled=False,
            autodiscover=False,
            topic_disable_leader=True,
            stream_wait_empty=True,
            stream_buffer_maxsize=4,  # chunks between the fetcher and an agent
            Topic=SourceTopic,
            TableManager=Recoverer,
            PartitionAssignor=Assignor,
        )
        self.service = service
        self.readers: dict[str, Any] = {}  # topic name -> the agent that reads it
        self.ticking: set[str] = set()  # topics whose agent fires timers
        self.tasks: dict[int, Task] = {}
        self.failure: BaseException | None = None
        self.recovered_records = 0  # changelog records read since the start
        self.on_failure: Callable[[BaseException], None] = lambda _error: None
        self._draining = False

    def configure(self, config: EngineConfig) -> None:
        """Say how and against which Kafka to run. Before `start`."""
        self.config = config
        self.connection = dict(config.connection)
        self.assignor.replicas = config.standbys
        self._chunk_sizes: dict[str, ChunkSize] = {}

    # -- declaring

    def agent(self, *topics: Topic, name: str, ticks: bool = False, **kwargs: Any) -> Any:
        """Faust's decorator, for one or more of the service's source topics.

        Args:
            topics: the agent reads these; a topic has one agent.
            name: explicit, so that a moved file renames nothing.
            ticks: also call the agent, with a chunk without records, when a timer is due.
            kwargs: Faust's own.

        Raises:
            EdgeNotDeclaredError: the service does not read a topic.
            TopologyError: a topic has an agent already.
        """
        if ticks and self.service.time is None:
            raise TopologyError(f"{self.service.name} declares no event time, so no timer can be due")
        for topic in topics:
            if self.service.source(topic.name) is not topic:
                raise EdgeNotDeclaredError(f"{self.service.name} reads another topic named {topic.name!r}")
            if topic.name in self.readers:
                raise TopologyError(f"{topic.name} already has the agent {self.readers[topic.name]}")
        channel = self.topic(*(topic.name for topic in topics), schema=ChunkSchema(), internal=False, acks=False)
        decorate = super().agent(channel, name=name, **kwargs)

        def declare(function: Callable[..., Any]) -> Any:
            agent = decorate(lasting(function, name, self))
            self.readers.update(dict.fromkeys((topic.name for topic in topics), agent))
            if ticks:
                self.ticking.add(topics[0].name)
            return agent

        return declare

    def Table(self, *_args: Any, **_kwargs: Any) -> Any:  # noqa: N802 -- Faust's name
        raise OutsideTransactionError("declare the table in the Service: Faust's tables are not part of transactions")

    GlobalTable = SetTable = SetGlobalTable = Table

    async def _on_agent_error(self, agent: Any, error: BaseException) -> None:  # noqa: ARG002 -- Faust calls it
        self.fail(error)

    # -- life

    def _create_directories(self) -> None:
        """Faust's would stay empty, beside whatever the worker was started from: the state lies in `config.state`."""

    async def on_start(self) -> None:
        """Open what the transactions need, before the consumer joins its group."""
        missing = [topic.name for topic in self.service.reads if topic.name not in self.readers]
        if missing:
            raise TopologyError(f"{self.service.name} declares that it reads {missing}, but no agent does")
        config = self.config
        self.place = StateDirectory.claim(config.state, self.service.name)
        self.client = AIOKafkaClient(**self.connection)
        await self.client.bootstrap()
        planned = topics.plan(self.service)
        await topics.create(self.connection, planned, replication=config.replication)
        self.counts = await topics.partition_counts(self.client, planned)
        topics.check(self.service, self.counts)
        self.writer = await TransactionalWriter.open(
            self.client,
            f"{self.service.name}-{self.place.worker_id}",
            transaction_timeout_ms=config.transaction_timeout_ms,
            fault=config.fault,
        )
        await self.place.take_leave_for_predecessor(self.client, self.service.name)
        self.budget = CacheBudget(config.cache_bytes)
        self.committer = Committer(
            self.service,
            self.writer,
            Partitioner(self.counts.__getitem__),
            start_over=self.tables.start_over,
            on_failure=self.fail,
            limits=config.limits,
            compression=config.compression,
            fault=config.fault,
        )
        self.committer.start()
        self.standbys = Standbys(self)
        self.watchdog = Watchdog(self)
        self.add_future(self.watchdog.run())
        await super().on_start()

    async def on_stop(self) -> None:
        """Finish the chunk in hand and commit it; leaving the group is the consumer's, and comes next."""
        await super().on_stop()
        if hasattr(self, "committer"):
            self.config.fault("during-shutdown")

    async def on_shutdown(self) -> None:
        """The group was left."""
        if hasattr(self, "place"):
            self.place.forget_member()
        await super().on_shutdown()

    async def close(self) -> None:
        """After `stop`: end the writer and let go of the state."""
        if hasattr(self, "committer"):
            await self.standbys.release()
            await self.committer.stop()
            await self.writer.close()
        if hasattr(self, "client"):
            await self.client.close()
        for task in self.tasks.values():
            task.close()
        if hasattr(self, "place"):
            self.place.release()

    def fail(self, error: BaseException) -> None:
        """An error of the world: nothing more is committed, and the process is told to end."""
        if self.failure is None:
            self.failure = error
            if hasattr(self, "committer"):
                self.committer.fail(error)
            self.on_failure(error)

    # -- the runtime of chunks

    def new_chunk(self, tp: TopicPartition, records: Sequence[Any], next_offset: int) -> Chunk:
        task, topic = self.tasks[tp.partition], self.service.source(tp.topic)
        return Chunk(self, task, topic, records, next_offset, self.committer.session)

    def chunk_size(self, topic: str) -> ChunkSize:
        """Of the chunks of a source topic: what its records take depends on its rules."""
        return self._chunk_sizes.setdefault(topic, ChunkSize(self.config.chunk_records))

    def is_current(self, chunk: Chunk) -> bool:
        """False once the chunk's partition was given up, even if it came back."""
        return self.committer.counts(chunk.session) and not chunk.task.closed

    def now(self) -> int:
        return int(time.time() * 1000)

    def wants_tick(self, tp: TopicPartition) -> bool:
        """True when an agent should be called for a timer of this partition."""
        if tp.topic not in self.ticking:
            return False
        task = self.tasks[tp.partition]
        return task.has_timer_due(task.event_time(self.now()))

    async def submit(self, work: Work) -> None:
        self.chunk_size(work.chunk.topic.name).took(len(work.chunk.records), work.chunk.cpu_seconds)
        await self.committer.submit(work)

    async def drain(self) -> None:
        """Wait for transactions that agents are in, then for their commits."""
        if self.failure is not None or not hasattr(self, "committer"):
            return
        self.config.fault("during-revocation")
        for task in self.tasks.values():
            async with task.turn:
                pass
        await self.committer.drain()
        self.committer.end()

    # -- partitions

    async def resume(self, assigned: set[Any]) -> None:
        """Partitions are recovered: let chunks flow. What Faust's own recovery does at its end."""
        self.consumer.resume_partitions(assigned)
        self.tables.recovery.completed.set()
        self.flow_control.resume()
        self.consumer.resume_flow()
        await self._fetcher.maybe_start()
        self.tables.on_actives_ready()
        self.tables.on_standbys_ready()
        self.on_rebalance_end()

    def open_task(self, partition: int) -> Task:
        """The task of a partition that this worker was given."""
        return Task(self.service, partition, RocksStore(self.place.path / f"{partition}"), self.budget)
