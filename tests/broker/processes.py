"""The shop as it runs: a real Kafka, and every worker a process of its own, started as a user would start it."""

import asyncio
import json
import signal
import socket
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx

from agents.cli.publisher import Publisher
from agents.services import ALL, SERVICES, readers
from agents.verify import lags, verify
from agents.verify.reader import committed_reader, ends, partitions, read_topic
from agents.verify.record import read_fact
from streams.feed.feed import feed
from streams.feed.options import FeedOptions
from streams.settings import Kafka

READY_SECONDS = 120
STALL_SECONDS = 60  # nobody has come any further for so long
STOP_SECONDS = 40
POLL_SECONDS = 0.2


@contextmanager
def running_shop(bootstrap, folder):
    """The whole shop, a process for each service; at the end all of them have ended in order."""
    processes = Processes(bootstrap, folder)
    try:
        processes.start_all()
        yield processes
    finally:
        codes = processes.stop_all()
    assert set(codes.values()) == {0}


class Processes:
    """Workers and an SMS gateway, by name; `folder` gets their tables and logs."""

    def __init__(self, bootstrap, folder):
        self.bootstrap, self._folder = bootstrap, folder
        self.connection = {"bootstrap_servers": bootstrap}
        self._running = {}
        self.urls = {}

    def start(self, name, service=None):
        """A worker of the service of that name, unless another is given. It may not be ready yet."""
        (port,) = free_ports(1)
        self.urls[name] = f"http://127.0.0.1:{port}"
        arguments = ["worker", service or name, f"--port={port}", f"--data={self._folder}"]
        self._spawn(name, *arguments, f"--bootstrap={self.bootstrap}")

    def start_all(self):
        """The gateway and one worker of every service; returns when all are ready."""
        (port,) = free_ports(1)
        self._gateway = f"http://127.0.0.1:{port}/messages"
        self._spawn("sms-gateway", "sms-gateway", f"--port={port}")
        for service in SERVICES:
            self.start(service)
        for service in SERVICES:
            self.wait_until_ready(service)

    def _spawn(self, name, *arguments):
        with (self._folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-m", "agents.cli", *arguments],
                stdout=log,
                stderr=log,
                env={"PATH": "", "MILLRACE_SMS_GATEWAY": self._gateway},
            )

    def stop(self, name):
        """SIGTERM; the exit code."""
        process = self._running.pop(name)
        process.send_signal(signal.SIGTERM)
        return process.wait(STOP_SECONDS)

    def stop_all(self):
        """End everything; the workers' exit codes."""
        for process in self._running.values():
            process.send_signal(signal.SIGTERM)
        codes = {}
        for name, process in self._running.items():
            try:
                codes[name] = process.wait(STOP_SECONDS)
            finally:
                process.kill()
        self._running.clear()
        return {name: code for name, code in codes.items() if name in self.urls}

    def log(self, name):
        return (self._folder / f"{name}.log").read_text()

    # -- what workers say of themselves

    def partitions_of(self, name):
        """The partitions that a worker serves now; none while it is not ready."""
        try:
            answer = httpx.get(f"{self.urls[name]}/readyz", timeout=5)
        except httpx.HTTPError:
            return set()
        return {found["partition"] for found in answer.json()["partitions"]} if answer.is_success else set()

    def wait_until(self, true, what):
        deadline = time.monotonic() + READY_SECONDS
        while not true():
            dead = {name: self.log(name)[-2000:] for name, one in self._running.items() if one.poll() is not None}
            assert not dead, dead
            assert time.monotonic() < deadline, f"in vain for {what}"
            time.sleep(POLL_SECONDS)

    def wait_until_ready(self, name):
        self.wait_until(lambda: self.partitions_of(name), f"{name} to be ready")

    def taken_messages(self):
        return httpx.get(self._gateway, params={"limit": 100_000}, timeout=10).json()

    # -- what goes in and comes out

    def publish(self, records):
        """(topic, key, value) each."""
        asyncio.run(self._publish(records))

    async def _publish(self, records):
        async with Publisher(Kafka(bootstrap=self.bootstrap)) as publisher:
            for topic, key, value in records:
                await publisher.send(topic, key, value)

    def rest(self, services=ALL):
        """Wait until the services have read all there is, however long it takes, as long as they come further."""
        groups = [(service.name, [topic.name for topic in service.reads]) for service in services]
        known, deadline = None, 0.0
        while left := asyncio.run(lags(self.connection, groups)):
            if left != known:
                known, deadline = left, time.monotonic() + STALL_SECONDS
            assert time.monotonic() < deadline, left
            time.sleep(POLL_SECONDS)

    def judge(self):
        return asyncio.run(verify(self.connection, readers=readers()))

    def facts(self, topic):
        """By event type, the `data` of everything committed in a topic, in order within a partition."""
        return asyncio.run(self._facts(topic))

    async def _facts(self, topic):
        found = defaultdict(list)
        for record in await self._records(topic):
            if fact := read_fact(record.value):
                found[fact.type].append(fact.data)
        return found

    def records(self, topic):
        """Everything committed in a topic, in order within a partition."""
        return asyncio.run(self._records(topic))

    async def _records(self, topic):
        found = []
        there = (await partitions(self.connection))[topic]
        async with committed_reader(self.connection) as consumer:
            await read_topic(consumer, await ends(consumer, there), found.append)
        return found


def event(event_type, **data):
    """The value of an event that happens now."""
    return json.dumps({"event_type": event_type, "timestamp": datetime.now(UTC).isoformat(), "data": data}).encode()


def synthetic(orders, run, seed=1):
    """A synthetic shop's records, the last of which happen about now."""
    pace = 20.0
    start = datetime.now(UTC) - timedelta(seconds=orders / pace)
    options = FeedOptions(start=start, seed=seed, orders=orders, orders_per_second=pace, run=run)
    return ((record.topic, record.key, record.value) for record in feed(options))


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
