"""What a transaction costs: this engine's writer against aiokafka's transactional producer, on one broker.

    python -m benchmarks.transactions                # starts the embedded Kafka
    python -m benchmarks.transactions --bootstrap 127.0.0.1:9092 --rounds 9

Two loads, back to back: a *chunk* (2000 changelog records and 2000 outputs over 4 partitions, and a source offset) and
a *small* transaction (one record, one output, an offset). aiokafka runs as it ships and *tuned* (its retries wait 2 ms,
not 100). Every round runs all of them in turn, so that a machine that changes its speed changes it for all; the figures
are medians over the rounds. CPU is this process's, user and system, per transaction.
"""

import argparse
import asyncio
import logging
import statistics
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from typing import NamedTuple
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.client import AIOKafkaClient

from streams.broker import EmbeddedKafka
from streams.engine.writer import Batches, Member, TransactionalWriter

PARTITIONS = 4
CHUNK = 2_000
VALUE = b'{"product_id":"A%05d","on_hand":120,"reserved":17,"available":103,"version":1234,"reason":"reserved"}'
CHANGELOG = [(b"A%05d" % n, VALUE % n) for n in range(CHUNK)]
OUTPUTS = [CHANGELOG[p::PARTITIONS] for p in range(PARTITIONS)]
TUNED_BACKOFF_MS = 2
BATCH_BYTES = 1_000_000

Load = dict[TopicPartition, list[tuple[bytes, bytes]]]
Commit = Callable[[Load, int], Awaitable[object]]


class Topics(NamedTuple):
    """Names of one run."""

    source: str
    changelog: str
    output: str

    def load(self, name: str) -> Load:
        """The records of one transaction of the load `name`."""
        if name == "small":
            return {TopicPartition(self.changelog, 0): CHANGELOG[:1], TopicPartition(self.output, 1): CHANGELOG[:1]}
        outputs = {TopicPartition(self.output, p): some for p, some in enumerate(OUTPUTS)}
        return {TopicPartition(self.changelog, 0): CHANGELOG, **outputs}


class Cost(NamedTuple):
    """Of one transaction in one round: milliseconds."""

    mean: float
    p99: float
    cpu: float


@asynccontextmanager
async def our_writer(bootstrap: str, topics: Topics, member: Member) -> AsyncIterator[Commit]:
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    await client.bootstrap()
    writer = await TransactionalWriter.open(client, f"{topics.source}-ours")

    async def commit(load: Load, offset: int) -> None:
        now, batches = int(time.time() * 1000), Batches()
        for tp, records in load.items():
            batches.append(tp.topic, tp.partition, records, now)
        await writer.commit(batches, {TopicPartition(topics.source, 0): offset}, member)

    yield commit
    await writer.close()
    await client.close()


@asynccontextmanager
async def aiokafka_producer(bootstrap: str, topics: Topics, group: str, **options: int) -> AsyncIterator[Commit]:
    identity = f"{topics.source}-aiokafka-{'-'.join(options)}"
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, transactional_id=identity, max_batch_size=BATCH_BYTES, **options
    )
    await producer.start()

    async def commit(load: Load, offset: int) -> None:
        async with producer.transaction():
            for tp, records in load.items():
                batch = producer.create_batch()
                for key, value in records:
                    batch.append(key=key, value=value, timestamp=None)
                await producer.send_batch(batch, tp.topic, partition=tp.partition)
            await producer.send_offsets_to_transaction({TopicPartition(topics.source, 0): offset}, group)

    yield commit
    await producer.stop()


async def measure(commit: Commit, load: Load, count: int, first: int) -> Cost:
    times, cpu = [], time.process_time()
    for offset in range(first, first + count):
        began = time.perf_counter()
        await commit(load, offset)
        times.append((time.perf_counter() - began) * 1000)
    cpu_ms = (time.process_time() - cpu) * 1000 / count
    return Cost(statistics.fmean(times), statistics.quantiles(times, n=100)[98], cpu_ms)


async def run(bootstrap: str, rounds: int, counts: dict[str, int]) -> dict[tuple[str, str], list[Cost]]:
    run_id = uuid4().hex[:8]
    topics = Topics(*(f"{name}-{run_id}" for name in Topics._fields))
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in topics])
    await admin.close()
    results: dict[tuple[str, str], list[Cost]] = defaultdict(list)
    async with AsyncExitStack() as stack:
        consumer = AIOKafkaConsumer(topics.source, bootstrap_servers=bootstrap, group_id=f"ours-{run_id}")
        await stack.enter_async_context(consumer)
        await consumer.getmany(timeout_ms=100)
        known = consumer._coordinator  # noqa: SLF001  # the benchmark's stand-in for the engine's member
        member = Member(known.group_id, known.generation, known.member_id)
        theirs = f"theirs-{run_id}"
        writers = {
            "millrace": await stack.enter_async_context(our_writer(bootstrap, topics, member)),
            "aiokafka": await stack.enter_async_context(aiokafka_producer(bootstrap, topics, theirs)),
            "aiokafka tuned": await stack.enter_async_context(
                aiokafka_producer(bootstrap, topics, theirs, retry_backoff_ms=TUNED_BACKOFF_MS)
            ),
        }
        for number in range(rounds + 1):
            for load, count in counts.items():
                for name, commit in writers.items():
                    cost = await measure(commit, topics.load(load), count, number * count + 1)
                    if number:  # the first round warms up
                        results[load, name].append(cost)
    return results


def report(results: dict[tuple[str, str], list[Cost]]) -> None:
    print(f"{'load':8}{'writer':16}{'mean ms':>9}{'p99 ms':>9}{'CPU ms':>9}   ratio of mean, CPU to each aiokafka")
    median = {key: Cost(*(statistics.median(column) for column in zip(*costs, strict=True)))
              for key, costs in results.items()}  # fmt: skip
    for (load, name), cost in median.items():
        others = [median[load, other] for other in ("aiokafka", "aiokafka tuned")]
        ratios = " | ".join(f"{cost.mean / other.mean:.2f} {cost.cpu / other.cpu:.2f}" for other in others)
        print(
            f"{load:8}{name:16}{cost.mean:9.2f}{cost.p99:9.2f}{cost.cpu:9.2f}   {ratios if name == 'millrace' else ''}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bootstrap", help="host:port of a Kafka; without it the embedded one is started")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--chunks", type=int, default=100, help="chunk transactions per writer and round")
    parser.add_argument("--smalls", type=int, default=300, help="small transactions per writer and round")
    options = parser.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # a warning per retry of the first generation
    counts = {"chunk": options.chunks, "small": options.smalls}
    with ExitStack() as stack:
        bootstrap = options.bootstrap or stack.enter_context(EmbeddedKafka()).bootstrap
        report(asyncio.run(run(bootstrap, options.rounds, counts)))


if __name__ == "__main__":
    main()
