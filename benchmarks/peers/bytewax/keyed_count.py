"""The keyed count with Bytewax and its recovery store (SQLite): no exactly-once, no changelog, no RocksDB.

Arguments: bootstrap application source output state.
"""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
from bytewax import operators as op
from bytewax.connectors.kafka import KafkaSink, KafkaSinkMessage, KafkaSource
from bytewax.dataflow import Dataflow
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.run import cli_main

SNAPSHOT = timedelta(seconds=10)  # as in Bytewax's own documentation
BATCH = 1_000  # records between two looks at the clock; the connector's own value gives far less


def keyed(message: Any) -> tuple[str, Any]:
    order = orjson.loads(message.value)
    return order["data"]["items"][0]["product_id"], order


def count(before: int | None, _order: Any) -> tuple[int, int]:
    counted = (before or 0) + 1
    return counted, counted


def encoded(item: tuple[str, int]) -> KafkaSinkMessage:
    product, counted = item
    return KafkaSinkMessage(product.encode(), orjson.dumps({"product_id": product, "count": counted}))


def main(bootstrap: str, name: str, source: str, output: str, folder: str) -> None:
    flow = Dataflow(name.replace("-", "_").replace(".", "_"))
    messages = op.input("orders", flow, KafkaSource([bootstrap], [source], batch_size=BATCH))
    counts = op.stateful_map("count", op.map("keyed", messages, keyed), count)
    op.output("counted", op.map("encoded", counts, encoded), KafkaSink([bootstrap], output))
    store = Path(folder)
    store.mkdir(parents=True, exist_ok=True)
    init_db_dir(store, 1)
    cli_main(flow, workers_per_process=1, epoch_interval=SNAPSHOT, recovery_config=RecoveryConfig(store))


if __name__ == "__main__":
    main(*sys.argv[1:])
