"""A counting service on a real Kafka: workers as processes, and the truth by arithmetic, read as strangers would.

Amounts go in under keys; for each key the totals that come out must be the running sums of what went in, once each and
in order. Nothing of the engine is used to check that.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections import defaultdict
from itertools import accumulate
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.support.pipes import number

ROOT = Path(__file__).parents[3]
PATIENCE_S = 60
READY = "is at work"  # what `counting.py` says when chunks flow


class Worker:
    """A worker process and its log."""

    def __init__(self, log, **plan):
        self.log = log
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.broker.engine.counting", json.dumps(plan)],
                stderr=out, stdout=out, cwd=ROOT,
            )  # fmt: skip

    @property
    def words(self):
        return self.log.read_text()

    async def until(self, words, patience_s=PATIENCE_S):
        """Wait until it says something."""
        deadline = time.monotonic() + patience_s
        while words not in self.words:
            assert self.process.poll() is None, f"it ended with {self.process.returncode}:\n{self.words[-3000:]}"
            assert time.monotonic() < deadline, f"it never said {words!r}:\n{self.words[-3000:]}"
            await asyncio.sleep(0.05)

    async def until_stopped(self, patience_s=PATIENCE_S):
        """Wait until SIGSTOP has stopped it."""
        deadline = time.monotonic() + patience_s
        while self._state() != "T":
            assert time.monotonic() < deadline, f"it is not stopped:\n{self.words[-3000:]}"
            await asyncio.sleep(0.05)

    def _state(self):
        """As proc(5) has it: R, S, T …"""
        return Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0]

    def signal(self, number):
        self.process.send_signal(number)

    async def end(self, number=None, patience_s=PATIENCE_S):
        """Its exit code, after a signal if one is given."""
        if number is not None:
            self.signal(number)
        deadline = time.monotonic() + patience_s
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"it does not end:\n{self.words[-3000:]}"
            await asyncio.sleep(0.05)
        return self.process.returncode


class World:
    """One counting service: its topics, what was sent, and its workers."""

    def __init__(self, bootstrap, service, folder, partitions=4):
        self.bootstrap, self.service, self.folder, self.partitions = bootstrap, service, folder, partitions
        self.source, self.target = f"{service}-numbers", f"{service}-sums"
        self.sent = defaultdict(list)  # key -> amounts, in order
        self.workers = []
        self._n = 0

    # -- workers

    def launch(self, **plan):
        """Start a worker and do not wait for it."""
        plan = {"bootstrap": self.bootstrap, "service": self.service, "partitions": self.partitions, **plan}
        plan.setdefault("state", str(self.folder / "state"))
        self.workers.append(Worker(self.folder / f"worker-{len(self.workers)}.log", **plan))
        return self.workers[-1]

    async def start(self, **plan):
        """Start a worker and wait until it works."""
        worker = self.launch(**plan)
        await worker.until(READY)
        return worker

    def close(self):
        for worker in self.workers:
            worker.process.kill()
            worker.process.wait()

    # -- topics

    async def create(self, topic, partitions=None, **config):
        async with self._admin() as admin:
            await admin.create_topics([NewTopic(topic, partitions or self.partitions, 1, topic_configs=config)])

    async def send(self, count, keys=20):
        """Numbers under some keys, in one go."""
        async with AIOKafkaProducer(bootstrap_servers=self.bootstrap) as producer:
            for _ in range(count):
                await self._send(producer, f"k{self._n % keys}", 1 + self._n % 3)

    async def send_for(self, seconds, rate=1000):
        """Numbers at a rate, while something else happens."""
        began, sent = time.monotonic(), 0
        async with AIOKafkaProducer(bootstrap_servers=self.bootstrap) as producer:
            while (age := time.monotonic() - began) < seconds:
                while sent < age * rate:
                    await self._send(producer, f"k{self._n % 20}", 1 + self._n % 3)
                    sent += 1
                await asyncio.sleep(0.01)

    async def _send(self, producer, key, amount):
        self.sent[key].append(amount)
        self._n += 1
        await producer.send(self.source, number(key, amount), key=key.encode())

    async def send_bytes(self, value, key=b"k0", partition=0, **options):
        async with AIOKafkaProducer(bootstrap_servers=self.bootstrap, max_request_size=4 << 20, **options) as producer:
            await producer.send_and_wait(self.source, value, key=key, partition=partition)

    # -- the truth

    @property
    def expected(self):
        return {key: list(accumulate(amounts)) for key, amounts in self.sent.items()}

    async def totals(self):
        """Key -> its totals, in order, as far as they are committed."""
        found = defaultdict(list)
        for records in (await self.read(self.target)).values():
            for record in records:
                data = json.loads(record.value)["data"]
                found[data["key"]].append(data["total"])
        return dict(found)

    async def read(self, topic):
        """Partition -> what a read_committed reader sees now."""
        async with self._reader() as reader:
            tps = [TopicPartition(topic, p) for p in range(await self._count(reader, topic))]
            reader.assign(tps)
            await reader.seek_to_beginning()
            records = {tp.partition: [] for tp in tps}
            for tp, end in (await reader.end_offsets(tps)).items():
                while await reader.position(tp) < end:
                    for found in (await reader.getmany(timeout_ms=200)).values():
                        for record in found:
                            records[record.partition].append(record)
            return records

    async def settled(self, patience_s=PATIENCE_S):
        """Wait until all is read; then compare with the truth."""
        await self._until_stable([self.source], patience_s)  # a producer hears of its commit before readers do
        await self.until_group_is_at_the_end(patience_s)
        assert await self.totals() == self.expected

    async def until_group_is_at_the_end(self, patience_s=PATIENCE_S):
        """Wait until the group has committed the last stable offset of every source partition, outputs included."""
        deadline = time.monotonic() + patience_s
        while behind := await self.behind():
            for worker in self.workers:
                assert worker.process.poll() in {None, 0, -9, -15, 1}, worker.words[-3000:]
            assert time.monotonic() < deadline, f"behind by {behind}:\n{self.workers[-1].words[-3000:]}"
            await asyncio.sleep(0.1)
        await self.until_no_transaction_is_open(patience_s)  # offsets can be read before the outputs' markers

    async def behind(self):
        """Source partition -> how many offsets the group has not committed."""
        async with self._admin() as admin, self._reader() as reader:
            tps = [TopicPartition(self.source, p) for p in range(self.partitions)]
            await self._count(reader, self.source)
            ends = await reader.end_offsets(tps)
            found = await admin.list_consumer_group_offsets(self.service, partitions=tps)
        # a broker that was just started may leave partitions out
        committed = {tp: max(found[tp].offset, 0) if tp in found else 0 for tp in tps}
        return {tp.partition: end - committed[tp] for tp, end in ends.items() if committed[tp] < end}

    async def until_no_transaction_is_open(self, patience_s=PATIENCE_S):
        """Wait until the changelog, the targets and the dead letters are stable to their ends."""
        await self._until_stable([self.target, f"{self.service}-changelog", "dead-letters"], patience_s)

    async def _until_stable(self, topics, patience_s):
        deadline = time.monotonic() + patience_s
        while await self._ends(topics, "read_committed") != await self._ends(topics, "read_uncommitted"):
            assert time.monotonic() < deadline, "a transaction is stuck"
            await asyncio.sleep(0.1)

    async def _ends(self, topics, isolation):
        async with AIOKafkaConsumer(bootstrap_servers=self.bootstrap, isolation_level=isolation) as reader:
            tps = [TopicPartition(topic, p) for topic in topics for p in range(await self._count(reader, topic))]
            return await reader.end_offsets(tps)

    async def until_committed(self, count, patience_s=PATIENCE_S):
        """Wait until some outputs are there."""
        deadline = time.monotonic() + patience_s
        while await self._outputs() < count:
            assert time.monotonic() < deadline, f"fewer than {count} outputs:\n{self.workers[-1].words[-3000:]}"
            await asyncio.sleep(0.05)

    async def _outputs(self):
        async with self._reader() as reader:
            tps = [TopicPartition(self.target, p) for p in range(await self._count(reader, self.target))]
            return sum((await reader.end_offsets(tps)).values())

    async def _count(self, reader, topic):
        await reader._client._wait_on_metadata(topic)
        return len(reader.partitions_for_topic(topic))

    def _reader(self):
        return AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap, isolation_level="read_committed", enable_auto_commit=False,
            max_partition_fetch_bytes=4 << 20,
        )  # fmt: skip

    def _admin(self):
        return _Admin(bootstrap_servers=self.bootstrap)


class _Admin(AIOKafkaAdminClient):
    async def __aenter__(self):
        await self.start()
        return self

    async def __aexit__(self, *_error):
        await self.close()
