"""The keyed count with the bare aiokafka: what a Python process can reach that promises nothing.

A dict instead of a store, no changelog, no transaction, no offsets. Outputs leave in batches built by hand.
Arguments: bootstrap application source output state.
"""

import asyncio
import sys
from collections import defaultdict

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.partitioner import murmur2
from aiokafka.structs import ConsumerRecord

PARTITIONS = 4
FETCH_BYTES = BATCH_BYTES = 1 << 20


class Item(msgspec.Struct, gc=False):
    product_id: str


class Data(msgspec.Struct, gc=False):
    items: list[Item]


class Order(msgspec.Struct, gc=False):
    data: Data


class Counted(msgspec.Struct, gc=False):
    product_id: str
    count: int


decode, encode = msgspec.json.Decoder(Order).decode, msgspec.json.Encoder().encode
Outputs = dict[int, list[tuple[bytes, bytes]]]


def count(records: list[ConsumerRecord], counts: dict[str, int]) -> Outputs:
    """The outputs of some records, by partition."""
    outputs: Outputs = defaultdict(list)
    for record in records:
        product = decode(record.value).data.items[0].product_id
        counts[product] = counted = counts.get(product, 0) + 1
        key = product.encode()
        outputs[(murmur2(key) & 0x7FFFFFFF) % PARTITIONS].append((key, encode(Counted(product, counted))))
    return outputs


async def send(producer: AIOKafkaProducer, topic: str, outputs: Outputs) -> None:
    futures = []
    for partition, pairs in outputs.items():
        batch = producer.create_batch()
        for key, value in pairs:
            if batch.append(timestamp=None, key=key, value=value) is None:
                batch.close()
                futures.append(await producer.send_batch(batch, topic, partition=partition))
                batch = producer.create_batch()
                batch.append(timestamp=None, key=key, value=value)
        batch.close()
        futures.append(await producer.send_batch(batch, topic, partition=partition))
    await asyncio.gather(*futures)


async def main(bootstrap: str, name: str, source: str, output: str, _folder: str) -> None:
    consumer = AIOKafkaConsumer(
        source,
        bootstrap_servers=bootstrap,
        group_id=name,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=FETCH_BYTES,
    )
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, max_batch_size=BATCH_BYTES, acks="all")
    counts: dict[str, int] = {}
    async with consumer, producer:
        while True:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                await send(producer, output, count(records, counts))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
