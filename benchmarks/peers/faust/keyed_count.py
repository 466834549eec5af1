"""The keyed count with stock Faust: a table in RocksDB with a changelog.

Arguments: bootstrap application source output state processing-guarantee. Faust's other settings are as shipped.
"""

import sys
from collections.abc import AsyncIterable
from typing import Any

import faust

PARTITIONS = 4


def build(  # noqa: PLR0913, PLR0917 -- as every program of the keyed count
    bootstrap: str, name: str, source: str, output: str, folder: str, guarantee: str
) -> faust.App:
    app = faust.App(
        name,
        broker=f"kafka://{bootstrap}",
        store="rocksdb://?driver=rocksdict",
        datadir=folder,
        topic_partitions=PARTITIONS,
        processing_guarantee=guarantee,
        web_enabled=False,
    )
    orders = app.topic(source, key_type=bytes, value_serializer="json")
    counted = app.topic(output, key_serializer="raw", value_serializer="json")
    counts = app.Table("counts", default=int, partitions=PARTITIONS)

    @app.agent(orders)
    async def count(stream: AsyncIterable[Any]) -> None:
        async for order in stream:
            product = order["data"]["items"][0]["product_id"]
            counts[product] += 1
            await counted.send(key=product.encode(), value={"product_id": product, "count": counts[product]})

    return app


if __name__ == "__main__":
    application = build(*sys.argv[1:])
    faust.Worker(application, loglevel="WARNING").execute_from_commandline()
