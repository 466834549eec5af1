"""A bad network on the loopback: a relay per broker that loses answers of chosen requests, and a client that uses it.

It reads Kafka's framing (size, api key, version, correlation id) and nothing else. What it does to an exchange:

* `dropped`: the broker acted, the answer never comes, the connection stays open; the client must time out;
* `delayed`: the answer comes after DELAY_S;
* `closed after`: the broker acted, and the connection ends instead of the answer;
* `late`: no answer comes, and the request reaches the broker LATE_S later, when its sender has long gone on without it;
* `closed within`: half of the request arrives, then the connection ends; the broker did not act;
* `silent`: from this request on nothing passes on this connection any more, and it stays open.
"""

import asyncio
import struct
from collections import Counter
from contextlib import suppress

from aiokafka.client import AIOKafkaClient

from streams.engine.writer.protocol import EndTxn, InitProducerId, OffsetFetch, Produce, TxnOffsetCommit

KINDS = ("dropped", "delayed", "closed after", "closed within", "late", "silent")
TARGETS = {api.API_KEY: api.__name__ for api in (Produce, TxnOffsetCommit, EndTxn, InitProducerId, OffsetFetch)}
DELAY_S, LATE_S = 0.05, 0.7


def some_lost(rate, random):
    """Fates for a BadNetwork: a share `rate` of the answers to the writer's requests meets one of KINDS."""
    return lambda _: random.choice(KINDS) if random.random() < rate else "kept"


class Relay:
    """One broker behind one bad line."""

    def __init__(self, host, port, fate):
        self._upstream, self._fate = (host, port), fate
        self._tasks = set()

    async def start(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self._server.sockets[0].getsockname()

    async def stop(self):
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader, writer):
        self._keep(asyncio.current_task())
        up_writer = None
        with suppress(OSError, EOFError, asyncio.CancelledError):
            up_reader, up_writer = await asyncio.open_connection(*self._upstream)
            fates = {}
            await _first(self._requests(reader, up_writer, fates), self._answers(up_reader, writer, fates))
        for end in (writer, up_writer):
            if end is not None:
                end.transport.abort()

    def _keep(self, task):
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver_late(self, frame):
        await asyncio.sleep(LATE_S)
        with suppress(OSError, EOFError):
            reader, writer = await asyncio.open_connection(*self._upstream)
            writer.write(frame)
            await _frame(reader)
            writer.transport.abort()

    async def _requests(self, reader, up_writer, fates):
        while True:
            frame = await _frame(reader)
            api, _, correlation = struct.unpack_from(">hhi", frame, 4)
            fate = self._fate(api)
            if fate == "closed within":
                up_writer.write(frame[: len(frame) // 2])
                await up_writer.drain()
                return
            if fate == "late":
                self._keep(asyncio.ensure_future(self._deliver_late(frame)))
                continue
            if fate == "silent":
                await _ignore(reader)
                return
            fates[correlation] = fate
            up_writer.write(frame)
            await up_writer.drain()

    async def _answers(self, up_reader, writer, fates):
        while True:
            frame = await _frame(up_reader)
            fate = fates.pop(struct.unpack_from(">i", frame, 4)[0])
            if fate == "closed after":
                return
            if fate == "delayed":
                await asyncio.sleep(DELAY_S)
            if fate != "dropped":
                writer.write(frame)
                await writer.drain()


class BadNetwork:
    """Relays for the brokers that a client meets, made as it meets them.

    `fate(name of the request)` answers "kept" or one of KINDS; `lost` counts (request, kind).
    """

    def __init__(self, fate):
        self.fate, self.lost = fate, Counter()
        self._relays, self._addresses = {}, {}

    async def address(self, host, port):
        if (host, port) not in self._addresses:
            relay = self._relays[host, port] = Relay(host, port, self._decide)
            self._addresses[host, port] = await relay.start()
        return self._addresses[host, port]

    async def stop(self):
        for relay in self._relays.values():
            await relay.stop()

    def _decide(self, api):
        fate = self.fate(TARGETS[api]) if api in TARGETS else "kept"
        if fate != "kept":
            self.lost[TARGETS[api], fate] += 1
        return fate


class BadlyConnectedClient(AIOKafkaClient):
    """aiokafka's client, whose connections to brokers go through the relays whatever address the brokers advertise."""

    def __init__(self, network, **options):
        super().__init__(**options)
        self._network = network
        self._advertised = self.cluster.broker_metadata
        self.cluster.broker_metadata = self._relayed
        self._known = {}

    async def _get_conn(self, node_id, **options):
        broker = self._advertised(node_id)
        if broker is not None:
            self._known[node_id] = await self._network.address(broker.host, broker.port)
        return await super()._get_conn(node_id, **options)

    def _relayed(self, node_id):
        broker = self._advertised(node_id)
        if broker is None or node_id not in self._known:
            return broker
        host, port = self._known[node_id]
        return broker._replace(host=host, port=port)


async def _frame(reader):
    size = await reader.readexactly(4)
    return size + await reader.readexactly(int.from_bytes(size, "big"))


async def _ignore(reader):
    """Until the sender closes its side."""
    while await reader.read(65_536):
        pass


async def _first(*jobs):
    """Run until one of the jobs ends, then end the others."""
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
